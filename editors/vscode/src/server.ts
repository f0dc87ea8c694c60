// How the server is started and which files it is told of: all that needs no editor.

/** What the settings of the editor say. */
export interface Settings {
  /** The vastlint command: a name on the `PATH`, or a path. */
  command: string;
  /** Arguments besides `server`. */
  arguments: string[];
}

/** The process of the server. */
export interface Process {
  command: string;
  args: string[];
}

/** A filter of the protocol: files by their language, or by their path. */
export type Filter = { language: string } | { scheme: string; pattern: string };

/** The process that the settings ask for. A blank command means the usual one. */
export function serverProcess(settings: Settings): Process {
  return { command: settings.command.trim() || "vastlint", args: ["server", ...settings.arguments] };
}

/** The files that the server is told of while they are open. */
export const documents: Filter[] = [
  { language: "dockerfile" },
  { language: "shellscript" },
  { scheme: "file", pattern: "**/supervisor/conf.d/*.conf" },
  { scheme: "file", pattern: "**/supervisord.conf" },
  { scheme: "file", pattern: "**/.github/workflows/*.{yml,yaml}" },
  { scheme: "file", pattern: "**/action.{yml,yaml}" },
  { scheme: "file", pattern: "**/templates/**/template.*.{yml,yaml}" },
  { scheme: "file", pattern: "**/templates/**/template.{yml,yaml}" },
  { scheme: "file", pattern: "**/provisioning.{yml,yaml}" },
  { scheme: "file", pattern: "**/provisioning/**/*.{yml,yaml}" },
  { scheme: "file", pattern: "**/*.md" },
  { scheme: "file", pattern: "**/vastlint.toml" },
];
