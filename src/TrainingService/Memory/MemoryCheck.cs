using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Training;
using Gal.Hosting.Errors;
using Gal.Training.Sessions;
using Google.Rpc;
using Grpc.Core;

namespace Gal.Training.Memory;

/// <summary>Refuses a training that needs more memory than there is, before anything is loaded.</summary>
/// <param name="engine">Estimates.</param>
/// <param name="options">The limit.</param>
internal sealed class MemoryCheck(ITrainingEngine engine, TrainingServiceOptions options)
{
    /// <summary>Refuses, or does nothing.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED with what it needs, what there is, and what would lower it; trying again changes nothing.</exception>
    public void Require(string folder, MethodPlan method, MemorySettings settings)
    {
        var need = engine.EstimateMemory(folder, method, settings).Peak;
        var have = options.MemoryLimitBytes > 0 ? options.MemoryLimitBytes : engine.AvailableMemory;
        if (need <= have)
        {
            return;
        }

        var lower = Options(method, settings)
            .Select(option => (option.Text, Peak: engine.EstimateMemory(folder, option.Method, option.Settings).Peak))
            .Where(option => option.Peak < need)
            .Select(option => $"{option.Text} ({MemoryNeed.Text(option.Peak)})")
            .ToList();
        var status = RpcErrors.Exhausted("MEMORY_TOO_SMALL", $"The training needs about {MemoryNeed.Text(need)} of memory at its peak; there are {MemoryNeed.Text(have)}. "
            + (lower.Count > 0 ? $"Each of these lowers it: {string.Join(", ", lower)}." : "Train a smaller model, or on a machine with more memory."));
        var info = status.Details[0].Unpack<ErrorInfo>();
        (info.Metadata["need_bytes"], info.Metadata["have_bytes"]) = (need.ToString(), have.ToString());
        status.Details[0] = Google.Protobuf.WellKnownTypes.Any.Pack(info);
        throw status.ToRpcException();
    }

    private static IEnumerable<(string Text, MethodPlan Method, MemorySettings Settings)> Options(MethodPlan method, MemorySettings settings)
    {
        var options = settings.Options;
        yield return ("settings.gradient_checkpointing true", method, settings with { Options = options with { GradientCheckpointing = true } });
        yield return ("settings.dtype BFLOAT16", method, settings with { Options = options with { Dtype = ComputeDtype.BFloat16 } });
        yield return ("settings.method LORA", new MethodPlan.Lora(new LoraOptions()), settings);
        yield return ("no settings.sample_images", method, settings with { Preview = null });
        yield return ("settings.batch_size 1", method, settings with { BatchSize = 1 });
    }
}
