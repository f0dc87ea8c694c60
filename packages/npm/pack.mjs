// Lays out the npm packages: `vastlint-templates`, and for each platform a package that carries the command.
//
//   node packages/npm/pack.mjs OUT linux-x64=target/release/vastlint [PLATFORM=COMMAND]...
//
// The folders in OUT are what `npm publish` takes. The version is that of the workspace.

import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const version = /^version = "(.+)"$/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))[1];

const common = {
  version,
  description: "A linter for Vast.ai template repositories",
  license: "MIT OR Apache-2.0",
  repository: { type: "git", url: "git+https://github.com/vastlint/vastlint.git" },
};

function write(folder, manifest) {
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const license of ["LICENSE-MIT", "LICENSE-APACHE"]) cpSync(join(root, license), join(folder, license));
}

const [out, ...builds] = process.argv.slice(2);
const platforms = builds.map((build) => build.split(/=(.*)/s, 2));
if (platforms.length === 0 || platforms.some(([name, command]) => !/^[a-z0-9]+-[a-z0-9]+$/.test(name) || !command)) {
  console.error("usage: node pack.mjs OUT PLATFORM=COMMAND...   (PLATFORM is `process.platform`-`process.arch`)");
  process.exit(2);
}

const optionalDependencies = {};
for (const [platform, command] of platforms) {
  const [os, cpu] = platform.split("-");
  const folder = join(out, platform);
  mkdirSync(join(folder, "bin"), { recursive: true });
  cpSync(command, join(folder, "bin/vastlint"));
  chmodSync(join(folder, "bin/vastlint"), 0o755);
  const name = `vastlint-templates-${platform}`;
  writeFileSync(join(folder, "README.md"), `# ${name}\n\nThe command of [vastlint](https://www.npmjs.com/package/vastlint-templates) for ${platform}.\n`);
  write(folder, { name, ...common, os: [os], cpu: [cpu], files: ["bin"], preferUnplugged: true });
  optionalDependencies[name] = version;
}

const folder = join(out, "launcher");
cpSync(join(here, "launcher"), folder, { recursive: true });
write(folder, {
  name: "vastlint-templates",
  ...common,
  keywords: ["linter", "dockerfile", "supervisord", "github-actions", "vast.ai"],
  bin: { vastlint: "bin/vastlint.js" },
  files: ["bin"],
  engines: { node: ">=18" },
  optionalDependencies,
});
