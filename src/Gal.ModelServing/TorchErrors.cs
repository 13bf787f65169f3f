using System.Runtime.InteropServices;
using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Runtime;
using Gal.Diffusion.Weights;
using Gal.Hosting.Errors;
using Google.Rpc;

namespace Gal.ModelServing;

/// <summary>How Gal.Diffusion's exceptions are told to callers.</summary>
internal static class TorchErrors
{
    public static IEnumerable<ExceptionMapping> Mappings =>
    [
        Of<CheckpointMismatchException>(Code.InvalidArgument, "CHECKPOINT_MISMATCH"),
        Of<SafetensorsException>(Code.InvalidArgument, "CHECKPOINT_DAMAGED"),
        Of<ModelConfigException>(Code.FailedPrecondition, "MODEL_DAMAGED"),
        Of<InvalidDataException>(Code.FailedPrecondition, "MODEL_DAMAGED"),
        // A file of a model; a missing assembly throws this type, too, with its name in place of a path.
        new(e => e is FileNotFoundException { FileName: { } file } && Path.IsPathFullyQualified(file) ? RpcErrors.Status(Code.FailedPrecondition, "MODEL_INCOMPLETE", e.Message) : null),
        Of<TorchRuntimeException>(Code.FailedPrecondition, "TORCH_MISSING"),
        Of<SamplingException>(Code.FailedPrecondition, "PICTURE_NOT_USABLE"),
        new(e => e is ExternalException && IsOutOfMemory(e.Message) ? RpcErrors.Exhausted("OUT_OF_MEMORY", "The device has not enough memory for this request; ask for smaller pictures or smaller batches.") : null),
        new(e => e is ExternalException && e.Message.Contains("CUDA error", StringComparison.Ordinal) ? RpcErrors.Unavailable("DEVICE_FAILED", "The card failed while torch used it; restart the service to use it again.", TimeSpan.FromSeconds(5)) : null),
    ];

    private static ExceptionMapping Of<TException>(Code code, string reason)
        where TException : Exception => ExceptionMapping.For<TException>(e => RpcErrors.Status(code, reason, e.Message));

    // libtorch throws one type for everything.
    private static bool IsOutOfMemory(string message) =>
        message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase) || message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) || message.Contains("can't allocate", StringComparison.OrdinalIgnoreCase);
}
