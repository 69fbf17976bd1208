-- Charts of the last hours read the runs of those hours alone: analysis.populate_rate groups by the same expression.
create index run_minute_idx on engine.run
    using brin (date_bin('1 minute', finished_at, timestamptz '2000-01-01 00:00+00')) with (autosummarize = on, pages_per_range = 32);
create index run_history_minute_idx on engine.run_history
    using brin (date_bin('1 minute', finished_at, timestamptz '2000-01-01 00:00+00')) with (autosummarize = on, pages_per_range = 32);
