//! What the script of a step hands on by writing to the files that GitHub gives it.

use vastlint_syntax::shell::{
    Command, Context as Surroundings, Pipeline, Redirection, RedirectionOperator, RedirectionTarget, Script,
    SimpleCommand, Statement, Visitor, Word, WordPart, WordPartKind,
};

/// The names that a script writes to a file of GitHub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// In the order in which they are written.
    pub(crate) names: Vec<String>,
    /// Whether these are all.
    pub(crate) complete: bool,
}

/// The names that a script writes to the file in a variable, `GITHUB_OUTPUT` or `GITHUB_ENV`: what stands before `=` or
/// `<<` in what `echo`, `printf` and `cat` print there.
pub(crate) fn written(script: &Script, source: &str, variable: &str) -> Written {
    let mut collector = Collector {
        source,
        variable,
        blocks: 0,
        understood: 0,
        delimiter: None,
        result: Written { names: Vec::new(), complete: true },
    };
    script.walk(&mut collector);
    // Whatever else names the file may write to it, too.
    let in_comments: usize =
        script.comments.iter().map(|comment| comment.text(source).matches(variable).count()).sum();
    let mentions = source.matches(variable).count() - in_comments;
    let other_ways = match variable {
        "GITHUB_OUTPUT" => ["github.output", "::set-output"],
        _ => ["github.env", "::set-env"],
    };
    let Collector { understood, delimiter, mut result, .. } = collector;
    result.complete &= mentions == understood
        && delimiter.is_none()
        && !other_ways.iter().any(|way| vastlint_text::contains(source, way));
    result
}

struct Collector<'s> {
    source: &'s str,
    variable: &'s str,
    /// How many blocks around the command write to the file.
    blocks: usize,
    /// How many times the variable stands as the target of a redirection.
    understood: usize,
    /// What ends the value of several lines that is being written.
    delimiter: Option<String>,
    result: Written,
}

impl<'t> Visitor<'t> for Collector<'_> {
    fn enter_statement(&mut self, statement: &'t Statement, _: Surroundings) {
        let rest = statement.rest.iter().map(|and_or| &and_or.pipeline);
        std::iter::once(&statement.first).chain(rest).for_each(|pipeline| self.pipeline(pipeline));
    }

    fn enter_command(&mut self, command: &'t Command, context: Surroundings) {
        match command {
            Command::Compound(compound) if self.writes(&compound.redirections) => {
                self.blocks += 1;
                self.understood += 1;
            }
            Command::Simple(simple) => {
                let own = self.writes(&simple.redirections);
                self.understood += usize::from(own);
                // What a substitution prints goes into a word.
                if own || (self.blocks > 0 && !context.in_substitution()) {
                    self.printed(simple, own);
                }
                self.result.complete &= !self.calls_something(simple);
            }
            _ => {}
        }
    }

    fn leave_command(&mut self, command: &'t Command, _: Surroundings) {
        if let Command::Compound(compound) = command
            && self.writes(&compound.redirections)
        {
            self.blocks -= 1;
        }
    }
}

impl Collector<'_> {
    fn writes(&self, redirections: &[Redirection]) -> bool {
        redirections.iter().any(|redirection| {
            let writes = matches!(
                redirection.operator,
                RedirectionOperator::Append | RedirectionOperator::Output | RedirectionOperator::Clobber
            );
            let RedirectionTarget::Word(word) = &redirection.target else { return false };
            writes && self.is_variable(word)
        })
    }

    fn is_variable(&self, word: &Word) -> bool {
        let parts = match &word.parts[..] {
            [WordPart { kind: WordPartKind::DoubleQuoted(inner), .. }] => inner,
            parts => parts,
        };
        matches!(parts, [WordPart { kind: WordPartKind::Parameter(parameter), .. }]
            if parameter.name.text(self.source) == self.variable)
    }

    /// `echo "a=b" | tee -a "$GITHUB_OUTPUT"`
    fn pipeline(&mut self, pipeline: &Pipeline) {
        let [before @ .., Command::Simple(last)] = &pipeline.commands[..] else { return };
        let is_tee = last.name(self.source).as_deref() == Some("tee");
        if !is_tee || !last.arguments().iter().any(|word| self.is_variable(word)) {
            return;
        }
        self.understood += 1;
        match before {
            [Command::Simple(printer)] => self.printed(printer, true),
            _ => self.result.complete = false,
        }
    }

    /// Takes up what a command prints into the file.
    fn printed(&mut self, simple: &SimpleCommand, is_own: bool) {
        let arguments = simple.arguments();
        match simple.name(self.source).as_deref() {
            Some("echo") => {
                let is_flag =
                    |word: &&Word| matches!(word.text(self.source), "-e" | "-n" | "-ne" | "-en" | "-E");
                let text: Vec<&Word> = arguments.iter().skip_while(is_flag).collect();
                let lines = text.first().map(|first| unquoted(first.text(self.source)).to_owned());
                self.lines(&lines.unwrap_or_default());
            }
            Some("printf") => {
                let format = arguments.iter().find(|word| word.text(self.source) != "--");
                let format = format.map(|word| unquoted(word.text(self.source)).replace("\\n", "\n"));
                self.lines(&format.unwrap_or_default());
            }
            Some("cat") => {
                let heredoc = simple.redirections.iter().find_map(|redirection| match &redirection.target {
                    RedirectionTarget::Heredoc(heredoc) => Some(heredoc),
                    RedirectionTarget::Word(_) => None,
                });
                match heredoc {
                    Some(heredoc) => self.lines(heredoc.body.text(self.source)),
                    None => self.result.complete = false,
                }
            }
            // Inside a block these print nothing; with a redirection of their own they are not understood.
            Some(":" | "true" | "set" | "cd" | "mkdir" | "[" | "test" | "export" | "local") if !is_own => {}
            // Assignments alone print nothing.
            None if simple.words.is_empty() && !is_own => {}
            _ => self.result.complete &= self.delimiter.is_some(),
        }
    }

    /// Lines as they are written: `name=value`, or `name<<END`, lines of a value, `END`.
    fn lines(&mut self, text: &str) {
        for line in text.lines() {
            let line = line.trim();
            if let Some(delimiter) = &self.delimiter {
                if line == delimiter {
                    self.delimiter = None;
                }
                continue;
            }
            if line.is_empty() {
                continue;
            }
            let end = line.find(['=', '<']).unwrap_or(line.len());
            let (name, rest) = line.split_at(end);
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            if name.is_empty() || !name.bytes().all(is_name) || rest.is_empty() {
                self.result.complete = false;
                continue;
            }
            if let Some(delimiter) = rest.strip_prefix("<<") {
                self.delimiter = Some(delimiter.trim().to_owned());
            }
            self.result.names.push(name.to_owned());
        }
    }

    /// Whether a script or a program that reads one runs: it may write to the file out of sight.
    fn calls_something(&self, simple: &SimpleCommand) -> bool {
        let words = vastlint_model::invocation(simple, self.source);
        let Some((program, arguments)) = words.split_first() else { return false };
        let Some(name) = program.literal(self.source) else { return true };
        let is_inline = arguments.first().is_some_and(|first| first.text(self.source) == "-c");
        match &*name {
            "." | "source" => true,
            "bash" | "sh" | "python" | "python3" | "node" | "ruby" | "perl" | "pwsh" | "make" | "npm"
            | "npx" | "uv" | "uvx" | "pipx" => !is_inline,
            _ => name.contains('/'),
        }
    }
}

fn unquoted(text: &str) -> &str {
    let inner = |quote: char| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use vastlint_syntax::shell::{ParseOptions, parse_with};

    fn names(source: &str) -> (String, bool) {
        let script = parse_with(source, ParseOptions { github_expressions: true });
        let written = written(&script, source, "GITHUB_OUTPUT");
        (written.names.join(" "), written.complete)
    }

    #[test]
    fn what_is_written_is_known() {
        for (source, expected) in [
            ("echo \"a=1\" >> $GITHUB_OUTPUT", "a"),
            ("echo a=$X >> \"$GITHUB_OUTPUT\"; # GITHUB_OUTPUT", "a"),
            (
                "if x; then echo \"a=${{ b }}\" >> \"${GITHUB_OUTPUT}\"; fi\necho 'c=1' >>$GITHUB_OUTPUT",
                "a c",
            ),
            ("{ echo a=1; echo \"b=$X\"; } >> $GITHUB_OUTPUT", "a b"),
            ("{ echo \"a<<EOF\"; echo \"$X\"; jq . x; echo EOF; echo b=1; } >> $GITHUB_OUTPUT", "a b"),
            ("{ echo \"a=$(git rev-parse HEAD)\"; } >> $GITHUB_OUTPUT", "a"),
            ("printf 'a=%s\\nb=%s\\n' 1 2 >> $GITHUB_OUTPUT", "a b"),
            ("cat <<X >> $GITHUB_OUTPUT\na=1\nb<<E\n$Z\nE\nX\n", "a b"),
            ("echo a=1 | tee -a $GITHUB_OUTPUT", "a"),
            ("docker build . && jq . a", ""),
        ] {
            assert_eq!(names(source), (expected.to_owned(), true), "{source}");
        }
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for source in [
            "echo \"$X=1\" >> $GITHUB_OUTPUT",
            "jq -r '.a' x >> $GITHUB_OUTPUT",
            "./resolve.sh",
            "python tools/resolve.py",
            "out=$GITHUB_OUTPUT; echo a=1 >> $out",
            "python3 -c 'open(os.environ[\"GITHUB_OUTPUT\"])'",
            "echo '::set-output name=a::1'",
            "echo \"a<<EOF\" >> $GITHUB_OUTPUT; cat x >> $GITHUB_OUTPUT",
            "$RUNNER x",
        ] {
            assert!(!names(source).1, "{source}");
        }
    }
}
