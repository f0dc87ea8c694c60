//! What a provisioning script writes is held to the conventions of what it becomes, at the lines of the file that
//! people open.

use vastlint_rules::Edition;

use crate::analyse_files;
use crate::examples::File;

const SCRIPT: &str = r#"#!/bin/bash
set -euo pipefail

cat > /opt/supervisor-scripts/my-app.sh << 'EOL'
#!/bin/bash
utils=/opt/supervisor-scripts/utils
. "${utils}/cleanup_generic.sh"
. "${utils}/logging.sh"
pip install my-app
EOL
chmod +x /opt/supervisor-scripts/my-app.sh

sudo tee /etc/supervisor/conf.d/my-app.conf > /dev/null <<-'EOL'
	[program:my-app]
	command=/opt/supervisor-scripts/my-app.sh
	environment=UV_TORCH_BACKEND="auto"
	EOL

supervisorctl reread && supervisorctl update
"#;

#[test]
fn findings_in_heredocs_stand_at_the_lines_of_the_file() {
    let path = "provisioning_scripts/my-app.sh";
    let file = File { path: path.to_owned(), content: SCRIPT.as_bytes().to_vec() };
    for edition in Edition::ALL {
        let report = analyse_files(std::slice::from_ref(&file), edition);
        for (rule, line, column) in [
            ("utility-source-order", 8, 1),
            ("bare-pip", 9, 1),
            ("missing-proc-name", 16, 14),
            ("automatic-torch-backend", 16, 14),
        ] {
            let found: Vec<_> = report
                .diagnostics
                .iter()
                .filter(|finding| finding.rule.name == rule)
                .map(|finding| {
                    let (start, _) = report.position(&finding.primary);
                    (report.file(finding.primary.file).path.as_str(), start.line, start.column)
                })
                .collect();
            assert_eq!(found, [(path, line, column)], "{rule}");
        }
    }
}
