using Gal.Hosting.Errors;
using Gal.V1;

namespace Gal.Generation.Sampling;

/// <summary>How to sample, all defaults filled in.</summary>
internal sealed record ResolvedSettings(Scheduler Scheduler, int InferenceStepCount, double GuidanceScale, int Width, int Height, Dtype Dtype, int BatchSize, double Eta)
{
    /// <summary>UNet calls a batch: PNDM asks twice at its first step.</summary>
    public int ModelCallCount => InferenceStepCount + (Scheduler == Scheduler.Pndm && InferenceStepCount > 1 ? 1 : 0);

    /// <summary>Fills in the defaults and checks what depends on the model.</summary>
    /// <param name="settings">As asked for; all defaults if null.</param>
    /// <param name="sizes">The model's.</param>
    /// <param name="batchLatentPixelCount">Latent pixels to denoise together when the request leaves the batch size open.</param>
    /// <param name="defaultDtype">The device's.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: a size is not a multiple of the VAE's factor, or η was given to a scheduler that has none.</exception>
    public static ResolvedSettings From(SamplingSettings? settings, SamplerSizes sizes, int batchLatentPixelCount, Dtype defaultDtype)
    {
        settings ??= new();
        var width = settings.Width == 0 ? sizes.Width : settings.Width;
        var height = settings.Height == 0 ? sizes.Height : settings.Height;
        var scheduler = settings.Scheduler == Scheduler.Unspecified ? Scheduler.DpmSolverPp2M : settings.Scheduler;
        if (settings.HasEta && scheduler != Scheduler.Ddim)
        {
            throw RpcErrors.InvalidField("settings.eta", settings.Eta.ToString(System.Globalization.CultureInfo.InvariantCulture), "is DDIM's alone: leave it out, or set settings.scheduler to SCHEDULER_DDIM", "ETA_WITHOUT_DDIM");
        }

        CheckMultiple("settings.width", width, sizes.Factor);
        CheckMultiple("settings.height", height, sizes.Factor);
        var latentPixels = width / sizes.Factor * (height / sizes.Factor);
        return new(
            scheduler,
            settings.HasInferenceStepCount ? settings.InferenceStepCount : 20,
            settings.HasGuidanceScale ? settings.GuidanceScale : 7.5,
            width,
            height,
            settings.Dtype == Dtype.Unspecified ? defaultDtype : settings.Dtype,
            settings.BatchSize == 0 ? Math.Clamp(batchLatentPixelCount / latentPixels, 1, 256) : settings.BatchSize,
            settings.Eta);
    }

    private static void CheckMultiple(string field, int value, int factor)
    {
        if (value % factor != 0)
        {
            throw RpcErrors.InvalidField(field, value.ToString(), $"must be a multiple of {factor}, the VAE's factor", "SIZE_NOT_A_MULTIPLE");
        }
    }
}
