// Compiles the styles and gathers NHS Digital's assets into static/build/. Run by `make assets`.
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "..", "node_modules");
const build = join(here, "build");

rmSync(build, { recursive: true, force: true });
mkdirSync(build, { recursive: true });
const styles = compile(join(here, "scss", "app.scss"), { style: "compressed", quietDeps: true });
writeFileSync(join(build, "app.css"), styles.css);
cpSync(join(modules, "nhsuk-frontend/dist/nhsuk/assets"), join(build, "nhsuk"), { recursive: true });
cpSync(join(modules, "nhsuk-frontend/dist/nhsuk/nhsuk-frontend.min.js"), join(build, "nhsuk-frontend.min.js"));
cpSync(join(modules, "htmx.org/dist/htmx.min.js"), join(build, "htmx.min.js"));
cpSync(join(modules, "@github/markdown-toolbar-element/dist/index.js"), join(build, "markdown-toolbar.js"));
for (const name of readdirSync(join(here, "src"))) cpSync(join(here, "src", name), join(build, name));

// Files are named after their content, so one can't import another: the library of charts goes before what we draw.
const library = readFileSync(join(modules, "chart.js/dist/chart.umd.min.js"), "utf8").replace(/^\/\/# sourceMappingURL.*$/m, "");
writeFileSync(join(build, "charts.js"), library + readFileSync(join(here, "src/charts.js"), "utf8"));
