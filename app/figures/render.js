// Draws a Vega-Lite specification as SVG, with data inside it and nothing from outside. Run by trialbase (app/cli/figure_draw.cpp)
// as `node -e`. Standard input: source of Vega, source of Vega-Lite and the specification, NUL between them. Standard output: the
// SVG. Standard error: warnings of both libraries, and what went wrong; the exit status is 1 then.
"use strict";
const fs = require("fs");
const vm = require("vm");

// A library's minified build (UMD), which is given what it requires.
function load(source, filename, required) {
    const library = { exports: {} };
    const body = vm.compileFunction(source, ["exports", "module", "require"], { filename });
    body.call(library.exports, library.exports, library, (name) => required[name]);
    return library.exports;
}

// Width of a text [px]. Without a browser Vega takes each character for 0.8 of the font's size, and leaves wide margins; these are
// about the widths of DejaVu Sans, the widest of the fonts that the house style names.
function textWidth(item, text) {
    let width = 0;
    for (const letter of text === null || text === undefined ? "" : String(text)) {
        width += /[ijlI.,:;'|! ]/.test(letter) ? 0.33 : /[frt()[\]/-]/.test(letter) ? 0.4 : /[mwMW%@±]/.test(letter) ? 0.95
            : /[A-Z=+]/.test(letter) ? 0.74 : 0.61;
    }
    return width * (item.fontSize ?? 11) * (item.fontWeight === "bold" ? 1.12 : 1);
}

// Takes out what only a browser can do: selections by the mouse.
function withoutSelections(part) {
    if (Array.isArray(part)) return part.map(withoutSelections);
    if (part === null || typeof part !== "object") return part;
    const kept = {};
    for (const [key, inner] of Object.entries(part)) {
        if (key === "params" && Array.isArray(inner)) {
            kept.params = inner.filter((param) => !("select" in param));
        } else {
            kept[key] = key === "data" ? inner : withoutSelections(inner);
        }
    }
    return kept;
}

async function main() {
    const [vegaSource, vegaLiteSource, specification] = fs.readFileSync(0, "utf8").split("\0");
    const vega = load(vegaSource, "vega.min.js", {});
    const vegaLite = load(vegaLiteSource, "vega-lite.min.js", { vega });
    // A layer without rows (a band of errors where one mouse is left on each day) has no extent, and the others give the scale one:
    // Vega warns of it all the same. It is said only where a scale was left without any.
    const withoutExtent = [];
    const logger = vega.logger(vega.Warn, "error", (method, level, words) => {
        const said = words.join(" ");
        if (said.startsWith("Infinite extent for field")) withoutExtent.push(said);
        else console.error(said);
    });
    logger.error = (...words) => { throw new Error(words.join(" ")); };
    vega.textMetrics.width = textWidth;
    const compiled = vegaLite.compile(withoutSelections(JSON.parse(specification)), { logger }).spec;
    // Vega only warns of what it cannot load.
    let refused = null;
    const refuse = (address) => {
        refused = new Error(`a figure reads nothing but its rows, and this one asks for ${address}`);
        return Promise.reject(refused);
    };
    const loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse };
    const view = new vega.View(vega.parse(compiled), { renderer: "none", loader, logger });
    const drawing = await view.toSVG();
    const isEmpty = (scale) => ["linear", "log", "time"].includes(scale.type)
        && !view.scale(scale.name).domain().every((end) => Number.isFinite(Number(end)));
    if ((compiled.scales ?? []).some(isEmpty)) withoutExtent.forEach((said) => console.error(said));
    if (refused !== null) throw refused;
    process.stdout.write(drawing);
}

main().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
});
