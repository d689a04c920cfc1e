//! The MCP client: one session per agent and server.
