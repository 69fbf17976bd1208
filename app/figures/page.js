// Draws the page's specification in the browser, with a table of the values under the pointer.
"use strict";
(function () {
    const specification = JSON.parse(document.getElementById("specification").textContent);
    const tip = document.getElementById("tip");

    // One row per field; text is never read as HTML.
    function show(value) {
        const fields = typeof value === "object" && value !== null ? Object.entries(value) : [["", value]];
        tip.replaceChildren(...fields.map(([name, field]) => {
            const row = document.createElement("tr");
            for (const text of [name, field]) {
                row.appendChild(document.createElement("td")).textContent = text === null || text === undefined ? "" : String(text);
            }
            return row;
        }));
    }

    function place(event) {
        const room = 12;
        const left = event.clientX + room + tip.offsetWidth > window.innerWidth ? event.clientX - room - tip.offsetWidth : event.clientX + room;
        const top = event.clientY + room + tip.offsetHeight > window.innerHeight ? event.clientY - room - tip.offsetHeight : event.clientY + room;
        tip.style.left = `${Math.max(0, left) + window.scrollX}px`;
        tip.style.top = `${Math.max(0, top) + window.scrollY}px`;
    }

    const refuse = () => Promise.reject(new Error("a figure reads nothing but its rows"));
    const view = new vega.View(vega.parse(vegaLite.compile(specification).spec), {
        renderer: "svg",
        container: "#figure",
        hover: true,
        loader: { load: refuse, sanitize: refuse, http: refuse, file: refuse },
    });
    view.tooltip((handler, event, item, value) => {
        tip.hidden = value === null || value === undefined || value === "";
        if (tip.hidden) return;
        show(value);
        place(event);
    });
    view.runAsync().catch((error) => {
        document.getElementById("figure").textContent = `the figure could not be drawn: ${error.message}`;
    });
})();
