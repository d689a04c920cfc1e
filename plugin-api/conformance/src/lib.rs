//! The conformance kit: every rule a backend plugin keeps.
