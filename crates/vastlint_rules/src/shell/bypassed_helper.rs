//! VL258: see `rules/shell/bypassed-helper.md`.

use vastlint_model::{Document, ShellRole, invocation, program_name};
use vastlint_syntax::shell::{
    Command, CompoundKind, Context as Surroundings, Pipeline, Script, SimpleCommand, Statement, Test,
    TestToken, Visitor, Word, WordPart, WordPartKind,
};
use vastlint_text::Span;

use crate::contract::Helpers;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let helpers = &context.contract.shell.helpers;
    let is_helper =
        [&helpers.cuda_version, &helpers.certificate].iter().any(|helper| *helper == document.file_name());
    if !is_shipped(document) || is_helper {
        return;
    }
    let mut reader = Reader {
        document,
        helpers,
        asks_table: false,
        lists_libraries: false,
        scrapes: Vec::new(),
        hunts: Vec::new(),
        sink,
    };
    script.walk(&mut reader);
    reader.finish();
}

/// Whether the script runs on an instance.
fn is_shipped(document: &Document) -> bool {
    document.instance_path.is_some()
        || matches!(
            document.shell_role(),
            Some(
                ShellRole::SupervisorScript
                    | ShellRole::Utility
                    | ShellRole::BootScript
                    | ShellRole::FirstBootScript
                    | ShellRole::ProvisioningScript
                    | ShellRole::ImageProvisioningScript
                    | ShellRole::InstanceTest
                    | ShellRole::ManifestCommand
            )
        )
}

struct Reader<'a, 'f> {
    document: &'a Document,
    helpers: &'a Helpers,
    /// `nvidia-smi` is asked for what it shows to people.
    asks_table: bool,
    /// `ldconfig` is asked for its libraries.
    lists_libraries: bool,
    /// Where the CUDA version is picked out of a text.
    scrapes: Vec<Span>,
    /// Where the driver's library is searched for in a text.
    hunts: Vec<Span>,
    sink: &'a mut Sink<'f>,
}

impl<'t> Visitor<'t> for Reader<'_, '_> {
    fn enter_statement(&mut self, statement: &'t Statement, _: Surroundings) {
        let rest = statement.rest.iter().map(|and_or| &and_or.pipeline);
        std::iter::once(&statement.first).chain(rest).for_each(|pipeline| self.digest(pipeline));
    }

    fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
        match command {
            Command::Simple(simple) => self.simple(simple),
            Command::Compound(compound) => {
                if let CompoundKind::Test(test) = &compound.kind {
                    self.test(test);
                }
            }
            Command::Function(_) | Command::Coproc(_) => {}
        }
    }
}

impl Reader<'_, '_> {
    fn program<'w>(&self, command: &'w SimpleCommand) -> Option<(String, &'w [Word])> {
        let (program, arguments) = invocation(command, &self.document.text).split_first()?;
        Some((program_name(program, &self.document.text)?.into_owned(), arguments))
    }

    fn simple(&mut self, command: &SimpleCommand) {
        let source = &self.document.text;
        let Some((program, arguments)) = self.program(command) else { return };
        let has = |option: &str| arguments.iter().any(|word| word.text(source).starts_with(option));
        let is_text_tool = self.helpers.text_tools.contains(&program);
        // A text tool that is given files reads those.
        let operands = arguments.iter().filter(|word| !word.text(source).starts_with('-')).count();
        let is_filter = is_text_tool && operands <= 1;
        let mentions = |needle: &[&str]| {
            arguments.iter().find(|word| {
                // Patterns protect their dots.
                let text = literal_text(&word.parts, source).replace('\\', "");
                needle.iter().all(|needle| text.contains(needle))
            })
        };
        match &*program {
            "nvidia-smi" => self.asks_table |= !has("--query") && !has("-L") && !has("--list"),
            "ldconfig" => self.lists_libraries = true,
            "find" | "locate" | "plocate" => {
                // Whoever looks for forward compatibility does not look for the driver's own library.
                let is_other = mentions(&["compat"]).or_else(|| mentions(&["stubs"])).is_some();
                if let Some(word) = mentions(&["libcuda.so"]).filter(|_| !is_other) {
                    self.hunt(word.span);
                }
            }
            "openssl" => self.openssl(command.span, arguments),
            program if program == self.helpers.cuda_version => {
                let path = "LD_LIBRARY_PATH";
                let before =
                    command.assignments.iter().find(|assignment| assignment.name.text(source) == path);
                let word =
                    command.words.iter().find(|word| word.text(source).starts_with("LD_LIBRARY_PATH="));
                if let Some(span) = before.map(|assignment| assignment.span).or(word.map(|word| word.span)) {
                    self.pin(span);
                }
            }
            _ if is_filter => {
                if let Some(word) = mentions(&["CUDA", "ersion"]) {
                    self.scrapes.push(word.span);
                }
                let only_asks = has("-q") || has("--quiet");
                if let Some(word) = mentions(&["libcuda.so"]).filter(|_| !only_asks) {
                    self.hunts.push(word.span);
                }
            }
            _ => {}
        }
    }

    /// `[[ $table =~ CUDA\ Version ]]`.
    fn test(&mut self, test: &Test) {
        for token in &test.tokens {
            if let TestToken::Word(word) = token {
                let text = literal_text(&word.parts, &self.document.text);
                if text.contains("CUDA") && text.contains("ersion:") {
                    self.scrapes.push(word.span);
                }
            }
        }
    }

    fn openssl(&mut self, span: Span, arguments: &[Word]) {
        let source = &self.document.text;
        let has = |option: &str| arguments.iter().any(|word| word.is(source, option));
        let is_rsa_check = arguments.first().is_some_and(|word| word.is(source, "rsa")) && has("-check");
        if !is_rsa_check && !has("-modulus") {
            return;
        }
        let option = if is_rsa_check { "openssl rsa -check" } else { "-modulus" };
        self.certificate(
            span,
            &format!("`{option}` knows RSA keys only"),
            "an elliptic-curve key, which is as good, fails here: the certificate that somebody brought is thrown away",
        );
    }

    /// `openssl … -pubkey | sha256sum`: two failures have the same digest.
    fn digest(&mut self, pipeline: &Pipeline) {
        let source = &self.document.text;
        let commands: Vec<&SimpleCommand> = pipeline
            .commands
            .iter()
            .filter_map(|command| match command {
                Command::Simple(simple) => Some(simple),
                _ => None,
            })
            .collect();
        let Some((first, rest)) = commands.split_first() else { return };
        let Some((program, arguments)) = self.program(first) else { return };
        let gives_key = arguments.iter().any(|word| word.is(source, "-pubkey") || word.is(source, "-pubout"));
        let digests = rest.iter().any(|command| {
            let program = self.program(command);
            program.is_some_and(|(name, _)| self.helpers.digest_tools.contains(&name))
        });
        if program == "openssl" && gives_key && digests {
            self.certificate(
                first.span,
                "public keys are compared by their digests",
                "where openssl fails on both sides, both digests are that of nothing: they agree, and a broken pair passes",
            );
        }
    }

    fn certificate(&mut self, span: Span, message: &str, why: &str) {
        let helper = &self.helpers.certificate;
        self.sink
            .report(self.document, self.document.first_line(span), message, "checks a certificate by hand")
            .why(why)
            .help(format!("write `/opt/instance-tools/bin/{helper} CERTIFICATE KEY`: it succeeds where the pair can be used"))
            .variant("certificate");
    }

    fn hunt(&mut self, span: Span) {
        let helper = &self.helpers.cuda_version;
        self.sink
            .report(self.document, span, "the script searches for the driver's `libcuda.so.1` itself", "its own search")
            .why("it finds a forward-compatibility library or a 32-bit one as well, and asks the wrong one for its version")
            .help(format!("write `/opt/instance-tools/bin/{helper} --native`: it asks the driver's own library"))
            .variant("native-driver");
    }

    fn pin(&mut self, span: Span) {
        let helper = &self.helpers.cuda_version;
        self.sink
            .report(
                self.document,
                span,
                format!("`LD_LIBRARY_PATH` shall lead `{helper}` to the driver's own library"),
                "a hint only",
            )
            .why("where that folder holds no library, the loader goes on to the forward-compatibility one and answers with its version, in silence")
            .help(format!("write `/opt/instance-tools/bin/{helper} --native`"))
            .variant("native-driver");
    }

    fn finish(mut self) {
        if self.asks_table {
            let helper = &self.helpers.cuda_version;
            for span in std::mem::take(&mut self.scrapes) {
                self.sink
                    .report(
                        self.document,
                        span,
                        "the CUDA version is picked out of what `nvidia-smi` shows to people",
                        "the words around it change with the driver",
                    )
                    .why("newer drivers call the field otherwise: nothing is found there, and the script goes on with an empty version")
                    .help(format!("write `$(/opt/instance-tools/bin/{helper})`: it asks the driver"))
                    .variant("cuda-version");
            }
        }
        if self.lists_libraries {
            for span in std::mem::take(&mut self.hunts) {
                self.hunt(span);
            }
        }
    }
}

/// What a word says apart from its expansions.
fn literal_text(parts: &[WordPart], source: &str) -> String {
    let mut text = String::new();
    for part in parts {
        match &part.kind {
            WordPartKind::DoubleQuoted(inner) => text.push_str(&literal_text(inner, source)),
            WordPartKind::Literal
            | WordPartKind::SingleQuoted
            | WordPartKind::AnsiQuoted
            | WordPartKind::Glob => {
                text.push_str(part.span.text(source));
            }
            _ => {}
        }
    }
    text
}
