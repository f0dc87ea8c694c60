use vastlint_syntax::yaml::{self, NodeId, ScalarStyle, Yaml, scalar_text};

use super::{Layer, Piece, is_shell_program};
use crate::classify::ShellRole;

pub(super) fn workflow_pieces(source: &str, yaml: &Yaml) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let Some(root) = yaml.root() else { return pieces };
    let workflow_shell = default_shell(yaml, root);
    for job in yaml.get(root, "jobs").into_iter().flat_map(|jobs| yaml.entries(jobs)) {
        let on_windows = yaml.get(job.value, "runs-on").is_some_and(|runner| names_windows(yaml, runner));
        let shell = default_shell(yaml, job.value).or(workflow_shell).or(on_windows.then_some("pwsh"));
        let steps = yaml.get(job.value, "steps");
        pieces.extend(steps.into_iter().flat_map(|steps| step_pieces(source, yaml, steps, shell)));
    }
    pieces
}

pub(super) fn action_pieces(source: &str, yaml: &Yaml) -> Vec<Piece> {
    let steps = yaml.root().and_then(|root| yaml.path(root, &["runs", "steps"]));
    steps.into_iter().flat_map(|steps| step_pieces(source, yaml, steps, None)).collect()
}

pub(super) fn manifest_pieces(source: &str, yaml: &Yaml) -> Vec<Piece> {
    let commands = yaml.root().and_then(|root| yaml.get(root, "post_commands"));
    let commands = commands.into_iter().flat_map(|commands| yaml.items(commands));
    commands.filter_map(|&command| shell_piece(source, yaml, command, ShellRole::ManifestCommand)).collect()
}

fn step_pieces(source: &str, yaml: &Yaml, steps: NodeId, default: Option<&str>) -> Vec<Piece> {
    yaml.items(steps)
        .iter()
        .filter_map(|&step| {
            let shell = yaml.get(step, "shell").and_then(|shell| yaml.text(shell)).or(default);
            let program = shell.and_then(|shell| shell.split_whitespace().next());
            // Without a word about it, a step runs in bash.
            program.is_none_or(is_shell_program).then_some(())?;
            shell_piece(source, yaml, yaml.get(step, "run")?, ShellRole::Step)
        })
        .collect()
}

fn shell_piece(source: &str, yaml: &Yaml, scalar: NodeId, role: ShellRole) -> Option<Piece> {
    let scalar = yaml.resolve(scalar)?;
    yaml.text(scalar)?;
    let yaml::Kind::Scalar { style, .. } = yaml.node(scalar).kind else { return None };
    let layer = match style {
        ScalarStyle::Plain => Layer::YamlPlain,
        ScalarStyle::SingleQuoted => Layer::YamlSingleQuoted,
        ScalarStyle::DoubleQuoted => Layer::YamlDoubleQuoted,
        ScalarStyle::Literal => Layer::Lines,
        ScalarStyle::Folded => Layer::YamlFolded,
    };
    Some(Piece::shell(role, yaml.span(scalar), scalar_text(source, yaml, scalar), layer))
}

fn default_shell(yaml: &Yaml, of: NodeId) -> Option<&str> {
    yaml.path(of, &["defaults", "run", "shell"]).and_then(|shell| yaml.text(shell))
}

fn names_windows(yaml: &Yaml, runner: NodeId) -> bool {
    let windows = |id| yaml.text(id).is_some_and(|name| name.to_ascii_lowercase().contains("windows"));
    windows(runner) || yaml.items(runner).iter().any(|&item| windows(item))
}
