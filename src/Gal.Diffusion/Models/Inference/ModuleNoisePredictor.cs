using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>The trainable module as a predictor, for devices and formats without a prepared form.</summary>
internal sealed class ModuleNoisePredictor(UNet2DConditionModel unet, ScalarType dtype) : NoisePredictor
{
    /// <inheritdoc/>
    public override PreparedPrompt Prepare(Tensor hiddenStates, PictureTokens? picture = null) => new([], hiddenStates.shape[0]) { HiddenStates = hiddenStates.to(dtype).alias(), Picture = picture };

    /// <inheritdoc/>
    public override Tensor Predict(Tensor sample, double timestep, PreparedPrompt prompt)
    {
        prompt.Check(sample);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        prompt.Picture?.Adapter.Attach(prompt.Picture.Tokens, prompt.Picture.Scale);
        try
        {
            return Call(sample, timestep, prompt).MoveToOuterDisposeScope();
        }
        finally
        {
            prompt.Picture?.Adapter.Detach();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }

    private Tensor Call(Tensor sample, double timestep, PreparedPrompt prompt)
    {
        var repeated = cat([.. Enumerable.Repeat(sample.to(dtype), (int)(prompt.BatchSize / sample.shape[0]))]);
        var output = unet.call(repeated, tensor((float)timestep, device: sample.device), prompt.HiddenStates!);
        return output.to_type(ScalarType.Float32).alias();
    }
}
