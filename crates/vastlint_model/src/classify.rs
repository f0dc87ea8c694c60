//! What a file is, told from its place, its name and its first line.

/// What a document is, and so which parser reads it and which rules look at it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// A Dockerfile.
    Dockerfile,
    /// A shell script or a piece of shell, in a role.
    Shell(ShellRole),
    /// A program's conf, or `supervisord.conf`.
    SupervisorConf,
    /// A GitHub Actions workflow.
    Workflow,
    /// A composite (or other) action's `action.yml`.
    Action,
    /// A Vast.ai launch template.
    LaunchTemplate,
    /// A provisioning manifest.
    ProvisioningManifest,
    /// A Markdown text; of interest only where it shows a `PORTAL_CONFIG`.
    Markdown,
}

/// What a piece of shell is for. The conventions differ by role, not by where the text stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ShellRole {
    /// Started by supervisor: `/opt/supervisor-scripts/*`.
    SupervisorScript,
    /// Sourced by supervisor scripts: `/opt/supervisor-scripts/utils/*`.
    Utility,
    /// Sourced at every start: `/etc/vast_boot.d/*`.
    BootScript,
    /// Sourced at the first start: `/etc/vast_boot.d/first_boot/*`.
    FirstBootScript,
    /// A provisioning-only template: in `provisioning_scripts/` at the top or under `derivatives/pytorch/`.
    ProvisioningScript,
    /// A provisioning script that belongs to one image.
    ImageProvisioningScript,
    /// Runs inside an instance to test it: `/opt/instance-tools/tests/**`.
    InstanceTest,
    /// The body of a Dockerfile `RUN`.
    Run,
    /// What a container starts or checks itself with: `CMD`, `ENTRYPOINT`, `HEALTHCHECK`.
    ContainerCommand,
    /// The `run:` of a step in a workflow or an action.
    Step,
    /// A command of a provisioning manifest.
    ManifestCommand,
    /// Any other script.
    Other,
}

/// What the file at `path` is, or `None` for what vastlint does not read. `path` is relative to the repository root,
/// `/`-separated. `first_line` is asked only where place and name leave it open.
pub fn classify(path: &str, first_line: impl FnOnce() -> Option<String>) -> Option<Kind> {
    if let Some(kind) = overlay_path(path).and_then(classify_on_instance) {
        return Some(kind);
    }
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    if is_dockerfile_name(name) {
        return Some(Kind::Dockerfile);
    }
    let yaml = has_extension(name, &["yml", "yaml"]);
    if yaml && directory == ".github/workflows" {
        return Some(Kind::Workflow);
    }
    if name == "action.yml" || name == "action.yaml" {
        return Some(Kind::Action);
    }
    if yaml && name.starts_with("template.") && directory.split('/').any(|part| part == "templates") {
        return Some(Kind::LaunchTemplate);
    }
    if yaml && (name.starts_with("provisioning.") || directory.split('/').any(|part| part == "provisioning"))
    {
        return Some(Kind::ProvisioningManifest);
    }
    if yaml {
        return None;
    }
    if name == "supervisord.conf"
        || (has_extension(name, &["conf"]) && directory.ends_with("supervisor/conf.d"))
    {
        return Some(Kind::SupervisorConf);
    }
    if has_extension(name, &["md"]) {
        return Some(Kind::Markdown);
    }
    let shell_name = has_extension(name, &["sh", "bash"]);
    if !shell_name && (name.contains('.') || !first_line().is_some_and(|line| is_shell_shebang(&line))) {
        return None;
    }
    Some(Kind::Shell(script_role(directory)))
}

fn script_role(directory: &str) -> ShellRole {
    match directory {
        "provisioning_scripts" | "derivatives/pytorch/provisioning_scripts" => ShellRole::ProvisioningScript,
        _ if directory.split('/').any(|part| part == "provisioning_scripts") => {
            ShellRole::ImageProvisioningScript
        }
        _ => ShellRole::Other,
    }
}

/// Where a file of an overlay (`ROOT/`, `ROOT_<name>/`) ends up in the image: the absolute path, starting with `/`.
#[must_use]
pub fn overlay_path(path: &str) -> Option<&str> {
    let mut offset = 0;
    for part in path.split('/') {
        offset += part.len();
        if is_overlay_name(part) && offset < path.len() {
            return Some(&path[offset..]);
        }
        offset += 1;
    }
    None
}

/// Whether a directory of this name is copied onto the image's file system.
pub(crate) fn is_overlay_name(name: &str) -> bool {
    name == "ROOT" || name.starts_with("ROOT_")
}

/// What a file on the instance is, by its absolute path there.
#[must_use]
pub(crate) fn classify_on_instance(path: &str) -> Option<Kind> {
    let shell = |role| Some(Kind::Shell(role));
    let (directory, name) = path.rsplit_once('/')?;
    let script = has_extension(name, &["sh"]) || !name.contains('.');
    match directory {
        "/opt/supervisor-scripts" if script => shell(ShellRole::SupervisorScript),
        "/opt/supervisor-scripts/utils" if script => shell(ShellRole::Utility),
        "/etc/vast_boot.d" if script => shell(ShellRole::BootScript),
        "/etc/vast_boot.d/first_boot" if script => shell(ShellRole::FirstBootScript),
        "/etc/supervisor/conf.d" if has_extension(name, &["conf"]) => Some(Kind::SupervisorConf),
        "/etc/supervisor" | "/etc" if name == "supervisord.conf" => Some(Kind::SupervisorConf),
        _ if has_extension(name, &["sh"])
            && (directory == "/opt/instance-tools/tests"
                || directory.starts_with("/opt/instance-tools/tests/")) =>
        {
            shell(ShellRole::InstanceTest)
        }
        _ => None,
    }
}

fn is_dockerfile_name(name: &str) -> bool {
    let ends = |suffix: &str| name.len() > suffix.len() && name.to_ascii_lowercase().ends_with(suffix);
    name == "Dockerfile"
        || name == "Containerfile"
        || name == "dockerfile"
        || ends(".dockerfile")
        || name.strip_prefix("Dockerfile.").is_some_and(|rest| {
            // Ignore files, templates and notes about a Dockerfile are no Dockerfiles.
            !rest.is_empty()
                && !has_extension(
                    name,
                    &["dockerignore", "j2", "jinja", "tmpl", "template", "tpl", "erb", "md", "in"],
                )
        })
}

/// Whether a path ends with one of the extensions, ASCII case ignored.
pub(crate) fn has_extension(name: &str, extensions: &[&str]) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty() && extensions.iter().any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// Whether the first line of a file hands it to a shell that vastlint can read.
#[must_use]
pub(crate) fn is_shell_shebang(line: &str) -> bool {
    interpreter(line).is_some_and(is_readable_shell)
}

/// Whether the first line hands the file to something that vastlint cannot read as shell (zsh, fish, Python …),
/// whatever its name says.
#[must_use]
pub fn is_foreign_shebang(line: &str) -> bool {
    interpreter(line).is_some_and(|name| !is_readable_shell(name))
}

/// Whether a program of this name is a shell whose language vastlint reads.
#[must_use]
pub fn is_readable_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "dash" | "ash" | "ksh")
}

fn interpreter(line: &str) -> Option<&str> {
    let mut words = line.trim_start_matches('\u{feff}').strip_prefix("#!")?.split_whitespace();
    let program = words.next()?;
    let name = |path: &'_ str| -> usize { path.rfind('/').map_or(0, |slash| slash + 1) };
    let first = &program[name(program)..];
    if first != "env" {
        return Some(first);
    }
    let real = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
    Some(&real[name(real)..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(path: &str) -> Option<Kind> {
        classify(path, || None)
    }

    #[test]
    fn files_are_known_by_place_and_name() {
        use ShellRole::*;
        for (path, expected) in [
            ("Dockerfile", Some(Kind::Dockerfile)),
            ("a/Dockerfile.base", Some(Kind::Dockerfile)),
            ("a/gpu.Dockerfile", Some(Kind::Dockerfile)),
            ("a/Containerfile", Some(Kind::Dockerfile)),
            ("a/Dockerfile.dockerignore", None),
            ("a/Dockerfile.j2", None),
            ("a/.dockerfile", None),
            ("ROOT/opt/supervisor-scripts/x.sh", Some(Kind::Shell(SupervisorScript))),
            ("a/ROOT_BASE/opt/supervisor-scripts/x.sh", Some(Kind::Shell(SupervisorScript))),
            ("a/ROOT/opt/supervisor-scripts/utils/logging.sh", Some(Kind::Shell(Utility))),
            ("a/ROOT/opt/supervisor-scripts/README.md", Some(Kind::Markdown)),
            ("a/ROOT/etc/vast_boot.d/05-x-env.sh", Some(Kind::Shell(BootScript))),
            ("a/ROOT/etc/vast_boot.d/first_boot/05-x.sh", Some(Kind::Shell(FirstBootScript))),
            ("a/ROOT/etc/supervisor/conf.d/x.conf", Some(Kind::SupervisorConf)),
            ("a/ROOT/etc/supervisor/supervisord.conf", Some(Kind::SupervisorConf)),
            ("a/ROOT/opt/instance-tools/tests/base/10-x.sh", Some(Kind::Shell(InstanceTest))),
            ("provisioning_scripts/x.sh", Some(Kind::Shell(ProvisioningScript))),
            ("derivatives/pytorch/provisioning_scripts/x.sh", Some(Kind::Shell(ProvisioningScript))),
            ("derivatives/a/provisioning_scripts/x.sh", Some(Kind::Shell(ImageProvisioningScript))),
            (".github/workflows/build-x.yml", Some(Kind::Workflow)),
            (".github/workflows/old/build-x.yml", None),
            (".github/actions/x/action.yml", Some(Kind::Action)),
            ("a/templates/x/template.yml", Some(Kind::LaunchTemplate)),
            ("provisioning/x.yaml", Some(Kind::ProvisioningManifest)),
            ("a/ROOT/provisioning.yaml", Some(Kind::ProvisioningManifest)),
            ("docker-compose.yml", None),
            ("tools/x.sh", Some(Kind::Shell(Other))),
            ("README.md", Some(Kind::Markdown)),
            ("a/nginx.conf", None),
        ] {
            assert_eq!(kind(path), expected, "{path}");
        }
    }

    #[test]
    fn scripts_without_a_suffix_are_known_by_their_first_line() {
        let with = |line: &str| classify("bin/tool", || Some(line.to_owned()));
        assert_eq!(with("#!/usr/bin/env -S bash -e"), Some(Kind::Shell(ShellRole::Other)));
        assert_eq!(with("#! /bin/sh"), Some(Kind::Shell(ShellRole::Other)));
        assert_eq!(with("#!/usr/bin/env python3"), None);
        assert_eq!(with("plain text"), None);
    }
}
