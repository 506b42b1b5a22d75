//! Joining URI references as Canonical XML 1.1 does for `xml:base` — its appendix A over RFC 3986 §5.2.
//!
//! The base may be relative; leading `..` segments are kept; doubled slashes become one; a trailing `..` gets a slash.

struct Parts<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
}

// RFC 3986 appendix B, without the fragment, which a base does not have.
fn split(reference: &str) -> Parts<'_> {
    let reference = reference.split('#').next().unwrap_or("");
    let (reference, query) = match reference.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (reference, None),
    };
    let (scheme, rest) = match reference.split_once(':') {
        Some((scheme, rest)) if !scheme.is_empty() && !scheme.contains('/') => (Some(scheme), rest),
        _ => (None, reference),
    };
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            (Some(authority), path)
        }
        None => (None, rest),
    };
    Parts { scheme, authority, path, query }
}

/// `reference` seen from `base`; either may be relative or empty.
pub(super) fn join_references(base: &str, reference: &str) -> String {
    let (b, r) = (split(base), split(reference));
    let (scheme, authority, path, query);
    if r.scheme.is_some() {
        (scheme, authority, path, query) = (r.scheme, r.authority, remove_dots(r.path), r.query);
    } else if r.authority.is_some() {
        (scheme, authority, path, query) = (b.scheme, r.authority, remove_dots(r.path), r.query);
    } else {
        (scheme, authority) = (b.scheme, b.authority);
        if r.path.is_empty() {
            (path, query) = (remove_dots(b.path), r.query.or(b.query));
        } else if r.path.starts_with('/') {
            (path, query) = (remove_dots(r.path), r.query);
        } else {
            (path, query) = (remove_dots(&merge(&b, r.path)), r.query);
        }
    }
    let mut out = String::new();
    if let Some(scheme) = scheme {
        out.push_str(scheme);
        out.push(':');
    }
    if let Some(authority) = authority {
        out.push_str("//");
        out.push_str(authority);
    }
    out.push_str(&path);
    if let Some(query) = query {
        out.push('?');
        out.push_str(query);
    }
    out
}

// RFC 3986 §5.2.3. A base that ends in `..` names a folder, as if it had its slash.
fn merge(base: &Parts<'_>, path: &str) -> String {
    if base.authority.is_some() && base.path.is_empty() {
        return format!("/{path}");
    }
    let folder = if base.path == ".." || base.path.ends_with("/..") {
        format!("{}/", base.path)
    } else {
        base.path.rfind('/').map_or("", |at| base.path.get(..=at).unwrap_or("")).to_owned()
    };
    folder + path
}

fn remove_dots(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/').filter(|s| !s.is_empty() && *s != ".") {
        if segment != ".." {
            kept.push(segment);
        } else if kept.last().is_some_and(|last| *last != "..") {
            kept.pop();
        } else if !absolute {
            kept.push("..");
        }
    }
    let last = path.rsplit('/').next().unwrap_or("");
    let folder = matches!(last, "" | "." | "..") && !path.is_empty();
    let mut out = String::new();
    if absolute {
        out.push('/');
    }
    out.push_str(&kept.join("/"));
    if folder && !kept.is_empty() {
        out.push('/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_join_as_rfc_3986_says() {
        let base = "http://a/b/c/d;p?q";
        for (reference, expected) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("", "http://a/b/c/d;p?q"),
            ("..", "http://a/b/"),
            ("../..", "http://a/"),
            ("../../../g", "http://a/g"),
            ("g:h", "g:h"),
        ] {
            assert_eq!(join_references(base, reference), expected, "{reference}");
        }
    }

    #[test]
    fn relative_bases_keep_their_way_up() {
        for (base, reference, expected) in [
            ("..", "..", "../../"),
            ("../", "../", "../../"),
            ("../foo", "bar", "../bar"),
            ("../foo/", "bar", "../foo/bar"),
            ("a", "../b", "../b"),
            ("a/b", "", "a/b"),
            ("a//b", "c", "a/c"),
            ("", "x", "x"),
            ("..", "x", "../x"),
            ("foo/", "..", ""),
        ] {
            assert_eq!(join_references(base, reference), expected, "{base} {reference}");
        }
    }
}
