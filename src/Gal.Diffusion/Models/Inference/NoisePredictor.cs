using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>A UNet for sampling: the prompt is prepared once a request, the noise predicted once a step.</summary>
/// <remarks>Not safe for use by several threads at once: it belongs to the device's worker.</remarks>
public abstract class NoisePredictor : IDisposable
{
    /// <summary>The fastest form of a UNet on its device: laid out for oneDNN on a CPU that it supports, the module itself elsewhere. Both are equal within rounding.</summary>
    /// <param name="unet">The weights, with the LoRAs that are attached to them. Borrowed, and shared: after they change, make a new predictor.</param>
    /// <param name="dtype">The format to compute in.</param>
    public static NoisePredictor Create(UNet2DConditionModel unet, ScalarType dtype)
    {
        ArgumentNullException.ThrowIfNull(unet);
        var isOnCpu = unet.parameters().First().device_type == TorchSharp.DeviceType.CPU;
        return isOnCpu && OneDnn.Computes(dtype)
            ? LayOut(unet, dtype)
            : new ModuleNoisePredictor(unet, dtype);
    }

    /// <summary>What does not change from step to step: keys and values of the prompts.</summary>
    /// <param name="hiddenStates">[batch, tokens, features], float32: the text encoder's hidden states. Borrowed.</param>
    /// <param name="picture">What to see beside the text; null for text alone. Borrowed until the prompt is disposed.</param>
    /// <returns>For <see cref="Predict"/> of this predictor; the caller disposes it.</returns>
    public abstract PreparedPrompt Prepare(Tensor hiddenStates, PictureTokens? picture = null);

    /// <summary>The noise prediction ε(x_t, t, prompt).</summary>
    /// <param name="sample">
    /// [batch, 4, height, width], float32. Borrowed. A batch of half the prompt's stands for both halves, as classifier-free guidance has it:
    /// what lies before the first attention to the prompt is then computed once.
    /// </param>
    /// <param name="timestep">t, the same for all of the batch.</param>
    /// <param name="prompt">From <see cref="Prepare"/>, of the same batch or a multiple of it.</param>
    /// <returns>[prompt's batch, 4, height, width], float32; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The prompt's batch is no multiple of the sample's.</exception>
    public abstract Tensor Predict(Tensor sample, double timestep, PreparedPrompt prompt);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the predictor made.</summary>
    protected abstract void Dispose(bool disposing);

    private static PreparedUNet LayOut(UNet2DConditionModel unet, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        return new PreparedUNet(EffectiveWeights.Of(unet), UNetShape.Of(unet.Config), dtype);
    }
}
