//! Rules about instance tests and launch templates.

mod tests;

pub mod loose_launch_filters;
pub mod presence_taken_for_readiness;
pub mod restart_without_wait;
pub mod serverless_assertion_in_base_test;
pub mod short_readiness_budget;
pub mod ungated_qa_template;
pub mod unreported_failure;
pub mod written_out_launch_link;
