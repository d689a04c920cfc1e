//! vllm.
