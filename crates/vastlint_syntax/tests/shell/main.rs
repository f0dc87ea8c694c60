//! The shell parser against bash, against another parser, and against damaged and random text.

mod bash;
mod corpus;
mod facts;
mod meaning;
mod properties;
mod shuck;
