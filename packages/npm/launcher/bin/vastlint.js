#!/usr/bin/env node
// Starts the command that the package of this platform carries.
"use strict";

const { spawn } = require("node:child_process");
const os = require("node:os");

const platform = `vastlint-templates-${process.platform}-${process.arch}`;

function command() {
  try {
    return require.resolve(`${platform}/bin/vastlint`);
  } catch {
    const known = Object.keys(require("../package.json").optionalDependencies);
    const remedy = known.includes(platform)
      ? "It is an optional dependency: install without `--omit=optional`, and not from a lock file of another platform."
      : `There are packages for ${known.map((name) => name.slice("vastlint-templates-".length)).join(", ")}. With Rust: cargo install vastlint`;
    console.error(`error: the package ${platform} is not installed\n${remedy}`);
    process.exit(2);
  }
}

// A terminal signals both, a supervisor or an editor only this process; it has to outlive the command either way, to pass
// on how that ended. A signal is handled after the lines below, when there is a command.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
const child = spawn(command(), process.argv.slice(2), { stdio: "inherit" });
child.on("error", (error) => {
  console.error(`error: vastlint cannot be started: ${error.message}`);
  process.exitCode = 2;
});
child.on("exit", (status, signal) => {
  process.exitCode = signal ? 128 + os.constants.signals[signal] : status;
});
