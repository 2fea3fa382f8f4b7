// Lets py-solc-x drive the npm package solc as if it were the solc binary: `--version`, and standard JSON on
// standard input. Imports are read from the project and from node_modules, never from elsewhere.
"use strict";

const { readFileSync, realpathSync } = require("node:fs");
const { join, sep } = require("node:path");

const root = join(__dirname, "..");
const solc = require(join(root, "node_modules", "solc"));

/** @param {string} path as written in the import @returns {{contents: string} | {error: string}} */
function readImport(path) {
  const base = path.startsWith("@") ? join(root, "node_modules") : join(root, "contracts");
  const file = path.startsWith("@") ? join(base, path) : join(root, path);
  try {
    const real = realpathSync(file);
    if (!real.startsWith(realpathSync(base) + sep)) return { error: `${path} lies outside the project` };
    return { contents: readFileSync(real, "utf8") };
  } catch {
    return { error: `${path} cannot be read; are the npm packages installed?` };
  }
}

if (process.argv.includes("--version")) {
  process.stdout.write(`solc, the solidity compiler\nVersion: ${solc.version()}\n`);
} else if (process.argv.includes("--standard-json")) {
  process.stdout.write(solc.compile(readFileSync(0, "utf8"), { import: readImport }));
} else {
  process.stderr.write("Only --version and --standard-json are understood.\n");
  process.exitCode = 2;
}
