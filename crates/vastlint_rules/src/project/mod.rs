//! Rules about the layout of a repository and about relations between its files.
