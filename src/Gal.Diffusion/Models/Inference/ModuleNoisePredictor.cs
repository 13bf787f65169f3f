using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>The trainable module as a predictor, for devices and formats without a prepared form.</summary>
internal sealed class ModuleNoisePredictor(UNet2DConditionModel unet, ScalarType dtype) : NoisePredictor
{
    /// <inheritdoc/>
    public override PreparedPrompt Prepare(Tensor hiddenStates) => new([], hiddenStates.shape[0]) { HiddenStates = hiddenStates.to(dtype).alias() };

    /// <inheritdoc/>
    public override Tensor Predict(Tensor sample, double timestep, PreparedPrompt prompt)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var output = unet.call(sample.to(dtype), tensor((float)timestep, device: sample.device), prompt.HiddenStates!);
        return output.to_type(ScalarType.Float32).alias().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }
}
