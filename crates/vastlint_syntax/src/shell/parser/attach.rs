//! Puts the bodies of heredocs, which are read behind the line that names them, into their redirections.

use crate::shell::tree::{
    ArrayElement, Assignment, AssignmentValue, Command, CompoundKind, Heredoc, Redirection,
    RedirectionTarget, SimpleCommand, Statement, TestToken,
};
use crate::shell::word::{Word, WordPart, WordPartKind};

pub(super) fn attach(list: &mut [Statement], bodies: &mut [Heredoc]) {
    for statement in list {
        attach_commands(&mut statement.first.commands, bodies);
        for and_or in &mut statement.rest {
            attach_commands(&mut and_or.pipeline.commands, bodies);
        }
    }
}

fn attach_commands(commands: &mut [Command], bodies: &mut [Heredoc]) {
    for command in commands {
        attach_command(command, bodies);
    }
}

fn attach_command(command: &mut Command, bodies: &mut [Heredoc]) {
    match command {
        Command::Simple(simple) => attach_simple(simple, bodies),
        Command::Compound(compound) => {
            attach_block(&mut compound.kind, bodies);
            attach_redirections(&mut compound.redirections, bodies);
        }
        Command::Function(function) => function.body.iter_mut().for_each(|body| attach_command(body, bodies)),
        Command::Coproc(coproc) => coproc.body.iter_mut().for_each(|body| attach_command(body, bodies)),
    }
}

fn attach_simple(simple: &mut SimpleCommand, bodies: &mut [Heredoc]) {
    attach_assignments(&mut simple.assignments, bodies);
    attach_words(&mut simple.words, bodies);
    attach_assignments(&mut simple.declarations, bodies);
    attach_redirections(&mut simple.redirections, bodies);
}

fn attach_block(kind: &mut CompoundKind, bodies: &mut [Heredoc]) {
    match kind {
        CompoundKind::If(block) => {
            for branch in &mut block.branches {
                attach(&mut branch.condition, bodies);
                attach(&mut branch.body, bodies);
            }
            attach(block.otherwise.as_deref_mut().unwrap_or_default(), bodies);
        }
        CompoundKind::Loop(block) => {
            attach(&mut block.condition, bodies);
            attach(&mut block.body, bodies);
        }
        CompoundKind::For(block) => {
            attach_words(block.words.as_deref_mut().unwrap_or_default(), bodies);
            attach(&mut block.body, bodies);
        }
        CompoundKind::Select(block) => {
            attach_words(block.words.as_deref_mut().unwrap_or_default(), bodies);
            attach(&mut block.body, bodies);
        }
        CompoundKind::ArithmeticFor(block) => {
            attach_parts(&mut block.header.parts, bodies);
            attach(&mut block.body, bodies);
        }
        CompoundKind::Case(block) => {
            attach_word(&mut block.word, bodies);
            for arm in &mut block.arms {
                attach_words(&mut arm.patterns, bodies);
                attach(&mut arm.body, bodies);
            }
        }
        CompoundKind::Subshell(list) | CompoundKind::Group(list) => attach(list, bodies),
        CompoundKind::Arithmetic(arithmetic) => attach_parts(&mut arithmetic.parts, bodies),
        CompoundKind::Test(test) => {
            for token in &mut test.tokens {
                if let TestToken::Word(word) = token {
                    attach_word(word, bodies);
                }
            }
        }
    }
}

fn attach_assignments(assignments: &mut [Assignment], bodies: &mut [Heredoc]) {
    for assignment in assignments {
        assignment.subscript.iter_mut().for_each(|word| attach_word(word, bodies));
        match &mut assignment.value {
            AssignmentValue::Scalar(word) => attach_word(word, bodies),
            AssignmentValue::Array(elements) => attach_elements(elements, bodies),
        }
    }
}

fn attach_elements(elements: &mut [ArrayElement], bodies: &mut [Heredoc]) {
    for element in elements {
        element.subscript.iter_mut().for_each(|word| attach_word(word, bodies));
        attach_word(&mut element.value, bodies);
    }
}

fn attach_redirections(redirections: &mut [Redirection], bodies: &mut [Heredoc]) {
    for redirection in redirections {
        match &mut redirection.target {
            RedirectionTarget::Word(word) => attach_word(word, bodies),
            RedirectionTarget::Heredoc(heredoc) => {
                if let Some(body) = bodies.get_mut(heredoc.index as usize) {
                    let Heredoc { body, terminator, parts, .. } = std::mem::take(body);
                    heredoc.body = body;
                    heredoc.terminator = terminator;
                    heredoc.parts = parts;
                    attach_parts(&mut heredoc.parts, bodies);
                }
            }
        }
    }
}

fn attach_words(words: &mut [Word], bodies: &mut [Heredoc]) {
    for word in words {
        attach_word(word, bodies);
    }
}

fn attach_word(word: &mut Word, bodies: &mut [Heredoc]) {
    attach_parts(word.parts.as_mut_slice(), bodies);
}

fn attach_parts(parts: &mut [WordPart], bodies: &mut [Heredoc]) {
    for part in parts {
        match &mut part.kind {
            WordPartKind::DoubleQuoted(parts) | WordPartKind::LocaleQuoted(parts) => {
                attach_parts(parts, bodies);
            }
            WordPartKind::Parameter(parameter) => {
                if let Some(expansion) = &mut parameter.expansion {
                    expansion.subscript.iter_mut().for_each(|word| attach_word(word, bodies));
                    attach_words(&mut expansion.operands, bodies);
                }
            }
            WordPartKind::Command(substitution) => attach(&mut substitution.body, bodies),
            WordPartKind::Process(substitution) => attach(&mut substitution.body, bodies),
            WordPartKind::Arithmetic(arithmetic) => attach_parts(&mut arithmetic.parts, bodies),
            WordPartKind::Array(elements) => attach_elements(elements, bodies),
            _ => {}
        }
    }
}
