//! What tokens cost: one dated table.
