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

    private readonly string _adapterPath;
    private readonly ImageEncoderFiles _encoder;

    /// <param name="adapterPath">The IP-Adapter's file.</param>
    /// <param name="unet">What it was trained for. Borrowed.</param>
    /// <param name="encoder">The tower.</param>
    /// <param name="device">Where the model computes.</param>
    /// <exception cref="CheckpointMismatchException">The adapter was made for another UNet or another tower.</exception>
    public PictureReader(string adapterPath, UNet2DConditionModel unet, ImageEncoderFiles encoder, Device device)
    {
        (_adapterPath, _encoder, _device) = (adapterPath, encoder, device);
        _adapter = IpAdapter.Load(adapterPath, unet);
        try
        {
            _tower = ClipVisionModel.Load(encoder.ConfigPath, encoder.WeightsPath);
            _tower.to(device);
            _preprocessor = ClipPreprocessor.Read(encoder.PreprocessorPath, _tower.Config.ImageSize);
            var width = _tower.visual_projection.weight.shape[0];
            if (width != _adapter.EmbeddingSize)
            {
                throw new CheckpointMismatchException(adapterPath, [], [], [$"image_proj.proj.weight: expected [.., {width}], the width of {encoder.WeightsPath}, found [.., {_adapter.EmbeddingSize}]; the adapter was trained with another vision tower"]);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Whether it was made from these files.</summary>
    public bool IsOf(string adapterPath, ImageEncoderFiles encoder) => _adapterPath == adapterPath && _encoder == encoder;

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

        // The tower computes in float32, the adapter in the UNet's type.
        var seen = _embedding!.to(_adapter.Dtype).repeat(imageCount, 1);
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
