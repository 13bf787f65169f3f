namespace Gal.Diffusion.Runtime;

/// <summary>libtorch or its C# binding could not be loaded; the message says which file, why, and what to do.</summary>
public sealed class TorchRuntimeException(string message, Exception? innerException = null) : Exception(message, innerException);
