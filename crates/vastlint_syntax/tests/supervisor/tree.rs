use vastlint_syntax::supervisor::{SectionKind, parse, parse_command, parse_environment, parse_expansions};

#[test]
fn spans_point_at_names_values_and_comments() {
    let text = "; top\n[program:my-app] ; the app\nCommand = /bin/a \\\n   --flag ; note\n";
    let config = parse(text);
    let section = &config.sections[0];
    assert_eq!(section.kind(), SectionKind::Program);
    assert_eq!(section.program_name(), Some("my-app"));
    assert_eq!(section.header_span.text(text), "[program:my-app]");
    assert_eq!(section.name_span.text(text), "program:my-app");
    let key = section.key("command").unwrap();
    assert_eq!(key.name_span.text(text), "Command");
    assert_eq!(key.value_span.text(text), "/bin/a \\\n   --flag");
    assert_eq!(key.value, "/bin/a \\\n--flag");
    let flag = parse_command(&key.value).words.pop().unwrap();
    assert_eq!(flag.text, "\n--flag", "shlex joins no lines: the escaped newline is text");
    assert_eq!(key.to_file(flag.span).text(text), "\\\n   --flag");
    let comments: Vec<_> = config.comments.iter().map(|comment| comment.text(text)).collect();
    assert_eq!(comments, ["; top", "; the app", "; note"]);
}

#[test]
fn an_empty_value_stands_behind_its_delimiter() {
    let text = "[a]\nb =  \nc=d";
    let key = &parse(text).sections[0].keys[0];
    assert_eq!((key.value.as_str(), key.value_span), ("", vastlint_text::Span::empty(7)));
    assert_eq!(key.span.text(text), "b =");
    assert_eq!(key.to_file(vastlint_text::Span::empty(0)), key.value_span);
}

#[test]
fn errors_say_where() {
    let cases = [
        ("x=1\ny=2\n[a]\n", "x=1", "supervisord refuses text before the first `[section]`"),
        ("[a]\noops\nb=1\n", "oops", "a key needs a value: write `key=value`"),
        ("[a]\n[b\nb=1\n", "[b", "a section header needs a name and a closing `]`"),
        ("[a]\n =1\n", "=1", "a value needs a key before its delimiter"),
    ];
    for (text, place, message) in cases {
        let config = parse(text);
        assert_eq!(config.errors.len(), 1, "{text:?}");
        assert_eq!((config.errors[0].span.text(text), config.errors[0].message.as_str()), (place, message));
    }
}

/// Where the mistakes of an `environment` value are: refusals, then surprises.
fn mistakes(value: &str) -> (Vec<&str>, Vec<&str>) {
    let environment = parse_environment(value);
    let places = |errors: &[vastlint_syntax::SyntaxError]| {
        errors.iter().map(|error| error.span.text(value)).collect::<Vec<_>>()
    };
    (places(&environment.errors), places(&environment.surprises))
}

#[test]
fn environment_mistakes_are_found_where_they_stand() {
    let none: Vec<&str> = Vec::new();
    assert_eq!(mistakes(r#"A="1",B=2,"#), (none.clone(), none.clone()));
    assert_eq!(mistakes(r#"A="1" B="2""#), (vec!["B"], none.clone()));
    assert_eq!(mistakes("A=1 B=2 C=3"), (vec!["B", "C"], none.clone()));
    assert_eq!(mistakes(r#"A="1".B="2""#), (vec![".B"], none.clone()));
    assert_eq!(mistakes("A=1,,B=2"), (vec![","], none.clone()));
    assert_eq!(mistakes("A=1;B=2"), (none.clone(), vec![";"]));
    assert_eq!(mistakes("A=$HOME"), (none.clone(), vec!["$", "HOME"]));
    assert_eq!(mistakes("A=x#y,B=2"), (none.clone(), vec!["#y,B=2"]));
    assert_eq!(mistakes("A=1,B=\"2"), (vec!["\"", "B"], none.clone()));
    assert_eq!(mistakes("A=,B=2"), (vec!["B"], vec![","]));
}

#[test]
fn variables_behind_a_mistake_are_kept() {
    let environment = parse_environment("A=1 B=2,C=3,oops,D=4");
    let names: Vec<_> = environment.variables.iter().map(|variable| variable.name.as_str()).collect();
    assert_eq!(names, ["A", "B", "C", "D"]);
}

#[test]
fn references_are_found_with_their_names() {
    let value = "%(ENV_HOME)s/%(program_name)s_%(process_num)02d %% 5%, %(x";
    let expansions = parse_expansions(value);
    let found: Vec<_> = expansions.references.iter().map(|r| (r.name.as_str(), r.conversion)).collect();
    assert_eq!(found, [("ENV_HOME", 's'), ("program_name", 's'), ("process_num", 'd')]);
    assert_eq!(expansions.references[0].environment_variable(), Some("HOME"));
    assert_eq!(expansions.references[2].span.text(value), "%(process_num)02d");
    let errors: Vec<_> = expansions.errors.iter().map(|error| error.span.text(value)).collect();
    assert_eq!(errors, ["%", "%("]);
}
