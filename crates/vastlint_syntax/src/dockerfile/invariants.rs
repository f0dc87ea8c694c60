use vastlint_text::Span;

use super::tree::{
    Command, Dockerfile, Healthcheck, Instruction, InstructionKind, JsonString, Pair, Separator, Transfer,
    Word,
};

/// Checks what every tree promises: spans inside the text and on character boundaries, children inside their parents,
/// siblings in order and apart.
pub fn check_invariants(source: &str, file: &Dockerfile) -> Result<(), String> {
    let whole = Span::new(0, source.len() as u32);
    let check = Check { source };
    check.sequence("directives", whole, file.directives.iter().map(|directive| directive.span))?;
    for directive in &file.directives {
        check.sequence("directive", directive.span, [directive.name, directive.value])?;
    }
    check.sequence("comments", whole, file.comments.iter().copied())?;
    check.sequence("empty continuations", whole, file.empty_continuations.iter().copied())?;
    check.sequence("instructions", whole, file.instructions.iter().map(|instruction| instruction.span))?;
    for instruction in &file.instructions {
        check.instruction(instruction)?;
    }
    for error in &file.errors {
        check.inside("error", whole, error.span)?;
    }
    if !file.errors.is_sorted_by_key(|error| error.span.start) {
        return Err("errors out of order".to_owned());
    }
    let mut covered = file.stages.first().map_or(file.instructions.len(), |first| first.from);
    for (index, stage) in file.stages.iter().enumerate() {
        let is_gapless = stage.from == covered && stage.instructions.start == stage.from + 1;
        if stage.index != index || !is_gapless || stage.instructions.end < stage.instructions.start {
            return Err(format!("stage {index} is torn: {stage:?}"));
        }
        covered = stage.instructions.end;
    }
    if covered != file.instructions.len() {
        return Err("instructions behind the last stage".to_owned());
    }
    for instruction in &file.instructions {
        check.shell_text(file, instruction)?;
    }
    Ok(())
}

struct Check<'s> {
    source: &'s str,
}

impl Check<'_> {
    fn inside(&self, what: &str, parent: Span, span: Span) -> Result<(), String> {
        if span.start > span.end || !parent.contains_span(span) {
            return Err(format!("{what} {span:?} not inside {parent:?}"));
        }
        if self.source.get(span.range()).is_none() {
            return Err(format!("{what} {span:?} not on character boundaries"));
        }
        Ok(())
    }

    fn sequence(
        &self,
        what: &str,
        parent: Span,
        spans: impl IntoIterator<Item = Span>,
    ) -> Result<(), String> {
        let mut end = parent.start;
        for span in spans {
            self.inside(what, parent, span)?;
            if span.start < end {
                return Err(format!("{what} {span:?} overlaps what ends at {end}"));
            }
            end = span.end;
        }
        Ok(())
    }

    fn instruction(&self, instruction: &Instruction) -> Result<(), String> {
        let span = instruction.span;
        let keyword = instruction.keyword_span;
        if keyword.is_empty() || keyword.start != span.start {
            return Err(format!("keyword {keyword:?} does not begin {span:?}"));
        }
        let flags = instruction.flags.iter().map(|flag| flag.span);
        let bodies = instruction.heredocs.iter().flat_map(|heredoc| {
            let terminator = heredoc.terminator.unwrap_or(Span::empty(heredoc.body.end));
            [heredoc.body, terminator]
        });
        let parts = std::iter::once(keyword).chain(flags).chain([instruction.arguments]).chain(bodies);
        self.sequence("instruction", span, parts)?;
        for flag in &instruction.flags {
            let parts = [Some(flag.name.span), flag.value.as_ref().map(|value| value.span)];
            self.sequence("flag", flag.span, parts.into_iter().flatten())?;
        }
        // The markers are looked for in the whole line.
        let mut line = span;
        if let Some(first) = instruction.heredocs.first() {
            line.end = first.body.start;
        }
        self.sequence("markers", line, instruction.heredocs.iter().map(|heredoc| heredoc.marker))?;
        self.kind(instruction)
    }

    fn kind(&self, instruction: &Instruction) -> Result<(), String> {
        let parent = instruction.arguments;
        match &instruction.kind {
            InstructionKind::Add(transfer) | InstructionKind::Copy(transfer) => {
                self.transfer(parent, transfer)
            }
            InstructionKind::Arg(pairs) | InstructionKind::Env(pairs) | InstructionKind::Label(pairs) => {
                self.pairs(parent, pairs)
            }
            InstructionKind::Cmd(command)
            | InstructionKind::Entrypoint(command)
            | InstructionKind::Run(command)
            | InstructionKind::Healthcheck(Healthcheck::Cmd(command)) => self.command(parent, command),
            InstructionKind::Healthcheck(_) | InstructionKind::Unknown => Ok(()),
            InstructionKind::Expose(words) | InstructionKind::Volume(words) => self.words(parent, words),
            InstructionKind::From { image, alias } => self.words(parent, image.iter().chain(alias)),
            InstructionKind::Maintainer(word)
            | InstructionKind::Stopsignal(word)
            | InstructionKind::User(word)
            | InstructionKind::Workdir(word) => self.words(parent, word),
            InstructionKind::Onbuild(inner) => match inner {
                Some(inner) => {
                    self.inside("inner instruction", instruction.span, inner.span)?;
                    self.instruction(inner)
                }
                None => Ok(()),
            },
            InstructionKind::Shell(strings) => self.strings(parent, strings),
        }
    }

    fn words<'w>(&self, parent: Span, words: impl IntoIterator<Item = &'w Word>) -> Result<(), String> {
        self.sequence("words", parent, words.into_iter().map(|word| word.span))
    }

    fn transfer(&self, parent: Span, transfer: &Transfer) -> Result<(), String> {
        self.words(parent, transfer.sources.iter().chain(&transfer.destination))
    }

    fn pairs(&self, parent: Span, pairs: &[Pair]) -> Result<(), String> {
        self.sequence("pairs", parent, pairs.iter().map(|pair| pair.span))?;
        for pair in pairs {
            self.words(pair.span, std::iter::once(&pair.key).chain(&pair.value))?;
            if pair.value.is_some() == (pair.separator == Separator::None) {
                return Err(format!(
                    "pair {:?} has a value without separator, or the other way round",
                    pair.span
                ));
            }
        }
        Ok(())
    }

    fn command(&self, parent: Span, command: &Command) -> Result<(), String> {
        match command {
            Command::Shell(span) => self.inside("command", parent, *span),
            Command::Exec(strings) => self.strings(parent, strings),
        }
    }

    fn strings(&self, parent: Span, strings: &[JsonString]) -> Result<(), String> {
        self.sequence("strings", parent, strings.iter().map(|string| string.span))?;
        let is_quoted = |string: &JsonString| {
            let text = string.span.text(self.source);
            text.len() > 1 && text.starts_with('"') && text.ends_with('"')
        };
        match strings.iter().find(|string| !is_quoted(string)) {
            Some(string) => Err(format!("string {:?} has no quotes", string.span)),
            None => Ok(()),
        }
    }

    /// Every byte of the shell's text lies in the instruction, and the map leads back to it.
    fn shell_text(&self, file: &Dockerfile, instruction: &Instruction) -> Result<(), String> {
        let inner = match &instruction.kind {
            InstructionKind::Onbuild(Some(inner)) => inner,
            _ => instruction,
        };
        let Some(mapped) = file.shell_text(self.source, inner) else { return Ok(()) };
        let (text, map) = mapped.into_parts();
        if map.is_identity() {
            return Ok(());
        }
        let host = map.to_host(Span::new(0, text.len() as u32));
        self.inside("shell text", instruction.span, host)?;
        for (offset, letter) in text.char_indices().filter(|(_, letter)| !letter.is_whitespace()).take(64) {
            let span = Span::from_range(offset..offset + letter.len_utf8());
            let found = map.to_host(span).text(self.source);
            let is_made_up = found.is_empty();
            if !is_made_up && !found.starts_with(letter) {
                return Err(format!("`{letter}` of the shell text maps to `{found}`"));
            }
        }
        Ok(())
    }
}
