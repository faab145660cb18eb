//! What `infer` says as text.

use std::fmt::Write as _;

use serde_json::Value;

/// What stands above them.
const IN_HEAD: [&str; 4] = ["run", "unit", "model", "likelihood"];

/// Each name with its value, what is within something else after its name and a dot; a line for each K.
pub fn readable(result: &Value) -> String {
    fn number(value: &Value) -> String {
        match value.as_f64() {
            Some(v) if v != 0.0 && (v.abs() < 1e-3 || v.abs() >= 1e6) => format!("{v:.3e}"),
            Some(v) if value.is_f64() => format!("{v:.4}"),
            _ => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        }
    }
    fn lines(text: &mut String, name: &str, value: &Value) {
        let (name, all) = match value {
            Value::Object(map) if map.contains_key("samples") => {
                let [mean, deviation] = ["mean", "deviation"].map(|key| number(&map[key]));
                (format!("{name}, K = {}", map["samples"]), format!("{mean} ± {deviation}"))
            }
            Value::Object(map) if map.contains_key("probability") => {
                let words = map["words"].as_array().into_iter().flatten().map(number).collect::<Vec<_>>();
                (format!("{name}, word {}", words.join(" ")), number(&map["probability"]))
            }
            Value::Object(map) => {
                return map.iter().for_each(|(key, value)| {
                    lines(text, &if name.is_empty() { key.clone() } else { format!("{name}.{key}") }, value);
                });
            }
            Value::Array(all) if all.iter().any(Value::is_object) => {
                return all.iter().for_each(|value| lines(text, name, value));
            }
            Value::Array(all) => {
                let flat = all.iter().flat_map(|v| v.as_array().cloned().unwrap_or_else(|| vec![v.clone()]));
                (name.to_owned(), flat.map(|v| number(&v)).collect::<Vec<_>>().join("  "))
            }
            // A model has not got it; the note says why.
            Value::Null => return,
            Value::String(note) if name == "note" => (String::new(), format!("\n{note}")),
            value => (name.to_owned(), number(value)),
        };
        // Writing to a string cannot fail.
        let _ = if name.is_empty() { writeln!(text, "{all}") } else { writeln!(text, "{name:36} {all}") };
    }
    let mut text = String::new();
    let is_note = |(name, _): &(&String, &Value)| *name == "note";
    let fields = || result.as_object().into_iter().flatten().filter(|(name, _)| !IN_HEAD.contains(&&***name));
    fields().filter(|f| !is_note(f)).chain(fields().filter(is_note)).for_each(|(n, v)| lines(&mut text, n, v));
    text.trim_end().to_owned()
}
