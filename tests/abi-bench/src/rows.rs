//! One figure of the table.

/// One figure.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    /// What it is divided by, and the ratio.
    pub(crate) ratio: Option<(&'static str, f64)>,
    /// What it should not exceed.
    pub(crate) limit: Option<f64>,
}

impl Row {
    pub(crate) fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            ratio: None,
            limit: None,
        }
    }

    pub(crate) fn limit(mut self, limit: f64) -> Self {
        self.limit = Some(limit);
        self
    }

    pub(crate) fn against(mut self, what: &'static str, base: f64) -> Self {
        self.ratio = Some((what, self.value / base));
        self
    }
}
