//! Tables → packet: unit, period, code, entity, stage, table kind, added to what was recognized.

use crate::model::Packet;

/// Adds meaning to the packet's tables.
pub fn normalize(_packet: &mut Packet) {}
