using Gal.Diffusion.Models;
using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Models.Inference;
using Gal.Diffusion.Weights;
using Gal.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace Gal.Diffusion.Pipelines;

/// <summary>An IP-Adapter with the CLIP vision tower that reads its pictures. The last picture's embedding is kept for the next batch.</summary>
internal sealed class PictureReader : IDisposable
{
    private readonly IpAdapter _adapter;
    private readonly ClipVisionModel _tower;
    private readonly ClipPreprocessor _preprocessor;
    private readonly Device _device;
    private RgbImage? _picture;
    private Tensor? _embedding;

    /// <param name="adapterPath">The IP-Adapter's file.</param>
    /// <param name="unet">What it was trained for. Borrowed.</param>
    /// <param name="model">Its folder holds the tower: image_encoder, or clip.</param>
    /// <param name="device">Where the model computes.</param>
    /// <exception cref="ModelConfigException">The folder has no vision tower.</exception>
    /// <exception cref="CheckpointMismatchException">The adapter was made for another UNet or another tower.</exception>
    public PictureReader(string adapterPath, UNet2DConditionModel unet, ModelFolder model, Device device)
    {
        var folder = model.ImageEncoderPath ?? throw new ModelConfigException(
            $"{model.Path} has no image_encoder folder and no clip folder: an IP-Adapter reads pictures with the CLIP vision tower that it was trained with. Put the tower's config.json and model.safetensors into {System.IO.Path.Combine(model.Path, "image_encoder")}.");
        (AdapterPath, _device) = (adapterPath, device);
        _adapter = IpAdapter.Load(adapterPath, unet);
        try
        {
            _tower = ClipVisionModel.Load(folder);
            _tower.to(device);
            _preprocessor = ClipPreprocessor.Load(folder, _tower.Config.ImageSize);
            var width = _tower.visual_projection.weight.shape[0];
            if (width != _adapter.EmbeddingSize)
            {
                throw new CheckpointMismatchException(adapterPath, [], [], [$"image_proj.proj.weight: expected [.., {width}], the width of {folder}, found [.., {_adapter.EmbeddingSize}]; the adapter was trained with another vision tower"]);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The adapter's file.</summary>
    public string AdapterPath { get; }

    /// <summary>What the UNet sees of a picture.</summary>
    /// <param name="picture">Of any size.</param>
    /// <param name="imageCount">Images of the batch, all drawn after this picture.</param>
    /// <param name="isGuided">Puts as many halves without a picture in front.</param>
    /// <param name="scale">How much the picture counts.</param>
    /// <returns>The caller disposes it.</returns>
    public PictureTokens Read(RgbImage picture, long imageCount, bool isGuided, double scale)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        if (!ReferenceEquals(picture, _picture))
        {
            _embedding?.Dispose();
            _embedding = _tower.call(_preprocessor.Read([picture]).to(_device)).DetachFromDisposeScope();
            _picture = picture;
        }

        var seen = _embedding!.repeat(imageCount, 1);
        var tokens = _adapter.ImageTokens(isGuided ? cat([zeros_like(seen), seen]) : seen);
        return new PictureTokens(_adapter, tokens.MoveToOuterDisposeScope(), scale);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _embedding?.Dispose();
        _tower?.Dispose();
        _adapter.Dispose();
    }
}
