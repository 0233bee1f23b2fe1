namespace Puzzle.Serving;

/// <summary>A program that serves models.</summary>
public enum ServingEngine
{
    /// <summary>llama.cpp, from a GGUF file.</summary>
    LlamaCpp,

    /// <summary>vLLM, from a Hugging Face folder; layers that differ as DeciLM, which it reads when told to trust remote code.</summary>
    Vllm,

    /// <summary>ONNX Runtime, from an exported graph.</summary>
    OnnxRuntime,

    /// <summary>Hugging Face's transformers; layers that differ as DeciLM, which it reads when told to trust remote code.</summary>
    Transformers,
}
