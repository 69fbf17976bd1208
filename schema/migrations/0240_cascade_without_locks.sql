-- engine.cascade_collect gets an argument more (schema/objects/engine_4_cascade.sql): two functions of a name would be a riddle.
drop function if exists engine.cascade_collect(text, text, boolean);
