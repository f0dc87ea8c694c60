use super::Parser;

/// Reserved words of the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reserved {
    If,
    Then,
    Elif,
    Else,
    Fi,
    While,
    Until,
    For,
    Select,
    Do,
    Done,
    Case,
    Esac,
    Function,
    Coproc,
    Time,
    Bang,
    OpenBrace,
    CloseBrace,
    OpenTest,
}

/// A set of tokens that end a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Closers(u16);

impl Closers {
    pub(super) const NONE: Self = Self(0);
    pub(super) const THEN: Self = Self(1);
    pub(super) const ELIF: Self = Self(1 << 1);
    pub(super) const ELSE: Self = Self(1 << 2);
    pub(super) const FI: Self = Self(1 << 3);
    pub(super) const DO: Self = Self(1 << 4);
    pub(super) const DONE: Self = Self(1 << 5);
    pub(super) const ESAC: Self = Self(1 << 6);
    /// `}`
    pub(super) const BRACE: Self = Self(1 << 7);
    /// `)`
    pub(super) const PARENTHESIS: Self = Self(1 << 8);
    /// `;;`, `;&`, `;;&`
    pub(super) const ARM: Self = Self(1 << 9);

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl Reserved {
    /// The closer that the word is, if it is one.
    pub(super) const fn closer(self) -> Option<Closers> {
        match self {
            Self::Then => Some(Closers::THEN),
            Self::Elif => Some(Closers::ELIF),
            Self::Else => Some(Closers::ELSE),
            Self::Fi => Some(Closers::FI),
            Self::Do => Some(Closers::DO),
            Self::Done => Some(Closers::DONE),
            Self::Esac => Some(Closers::ESAC),
            Self::CloseBrace => Some(Closers::BRACE),
            _ => None,
        }
    }

    /// Whether the word begins a compound command.
    pub(super) const fn opens_block(self) -> bool {
        matches!(
            self,
            Self::If
                | Self::While
                | Self::Until
                | Self::For
                | Self::Select
                | Self::Case
                | Self::OpenBrace
                | Self::OpenTest
        )
    }

    /// Whether the word ends a block.
    pub(super) const fn ends_block(self) -> bool {
        matches!(self, Self::Fi | Self::Done | Self::Esac | Self::CloseBrace)
    }
}

impl Parser<'_> {
    /// The reserved word at the current place and its length.
    pub(super) fn reserved(&self) -> Option<(Reserved, usize)> {
        self.reserved_at(self.pos)
    }

    pub(super) fn reserved_at(&self, at: usize) -> Option<(Reserved, usize)> {
        let visible = &self.bytes[at..self.end];
        let length = match visible.first()? {
            b'!' | b'{' | b'}' => 1,
            b'[' => 2,
            b'a'..=b'z' => visible.iter().take(9).take_while(|byte| byte.is_ascii_lowercase()).count(),
            _ => return None,
        };
        let reserved = match visible.get(..length)? {
            b"if" => Reserved::If,
            b"then" => Reserved::Then,
            b"elif" => Reserved::Elif,
            b"else" => Reserved::Else,
            b"fi" => Reserved::Fi,
            b"while" => Reserved::While,
            b"until" => Reserved::Until,
            b"for" => Reserved::For,
            b"select" => Reserved::Select,
            b"do" => Reserved::Do,
            b"done" => Reserved::Done,
            b"case" => Reserved::Case,
            b"esac" => Reserved::Esac,
            b"function" => Reserved::Function,
            b"coproc" => Reserved::Coproc,
            b"time" => Reserved::Time,
            b"!" => Reserved::Bang,
            b"{" => Reserved::OpenBrace,
            b"}" => Reserved::CloseBrace,
            b"[[" => Reserved::OpenTest,
            _ => return None,
        };
        self.ends_word(at + length).then_some((reserved, length))
    }

    /// Whether a word that reaches to `at` ends there.
    pub(super) fn ends_word(&self, mut at: usize) -> bool {
        loop {
            match self.continuation_length(at) {
                0 => break,
                length => at += length,
            }
        }
        at >= self.end
            || matches!(self.byte(at), b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>')
            || self.line_end_length(at) > 0
    }
}
