//! A template of lines: `{{name}}` stands for a text, and what is between `#if name`, `#else` and `#end` stays if the name holds.

pub struct Filling<'a> {
    pub names: Vec<(&'a str, String)>,
    pub holds: Vec<&'a str>,
}

impl Filling<'_> {
    pub fn fill(&self, template: &str) -> String {
        let (mut text, mut is_kept) = (String::new(), true);
        for line in template.lines() {
            if let Some(condition) = line.strip_prefix("#if ") {
                is_kept = self.holds.contains(&condition);
            } else if line == "#else" {
                is_kept = !is_kept;
            } else if line == "#end" {
                is_kept = true;
            } else if is_kept {
                text.push_str(line);
                text.push('\n');
            }
        }
        self.names.iter().fold(text, |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
    }
}
