namespace Gal.Diffusion.Weights;

/// <summary>A model's config.json is missing, damaged, or describes what is not supported; the message names file, field and value.</summary>
public sealed class ModelConfigException(string message, Exception? innerException = null) : Exception(message, innerException);
