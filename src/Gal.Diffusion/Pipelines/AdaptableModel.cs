using Gal.Diffusion.Models;
using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Models.Inference;
using Gal.Diffusion.Tokenization;
using Gal.Diffusion.Weights;
using static TorchSharp.torch;

namespace Gal.Diffusion.Pipelines;

/// <summary>A pipeline's text encoder and UNet, with the checkpoint and the adapters in use. Adapters become part of the weights, so that they cost nothing a step.</summary>
internal sealed class AdaptableModel : IDisposable
{
    private readonly ModelFolder _folder;
    private readonly ScalarType _dtype;
    private readonly Device _device;
    private readonly UNet2DConditionModel _unet;
    private readonly ClipTokenizer _tokenizer;
    private bool _isTextOwn = true;
    private PictureReader? _pictures;

    public AdaptableModel(ModelFolder folder, ScalarType dtype, Device device)
    {
        (_folder, _dtype, _device) = (folder, dtype, device);
        _tokenizer = ClipTokenizer.Load(folder.TokenizerPath, folder.TextEncoder.MaxPositionEmbeddings);
        Prompts = new PromptEncoder(_tokenizer, folder.LoadTextEncoder(device: device), device);
        _unet = folder.LoadUnet(dtype, device);
        Predictor = NoisePredictor.Create(_unet, dtype);
    }

    /// <summary>Prompts to hidden states.</summary>
    public PromptEncoder Prompts { get; private set; }

    /// <summary>The UNet.</summary>
    public NoisePredictor Predictor { get; private set; }

    /// <summary>Takes other weights; after an error the model's own.</summary>
    /// <param name="checkpoint">A UNet, or what a training of another method made; null for the model's own.</param>
    /// <param name="adapters">Added in this order.</param>
    public void Use(string? checkpoint, IReadOnlyList<AdapterFile> adapters)
    {
        try
        {
            Apply(checkpoint, adapters);
        }
        catch when (checkpoint is not null || adapters.Count > 0)
        {
            Apply(null, []);
            throw;
        }
    }

    /// <summary>Loads an IP-Adapter, if it is not the one in use; outside of any dispose scope, since it is kept for the next batch.</summary>
    /// <exception cref="ModelConfigException">The model has no vision tower.</exception>
    /// <exception cref="CheckpointMismatchException">The adapter was made for another model.</exception>
    public void UsePictures(PicturePrompt prompt)
    {
        var encoder = prompt.ImageEncoder ?? ImageEncoderFiles.Of(_folder);
        if (_pictures?.IsOf(prompt.AdapterPath, encoder) != true)
        {
            _pictures?.Dispose();
            _pictures = null;
            _pictures = new PictureReader(prompt.AdapterPath, _unet, encoder, _device);
        }
    }

    /// <summary>What the UNet sees of a picture with the adapter in use.</summary>
    public PictureTokens Read(PicturePrompt prompt, long imageCount, bool isGuided) => _pictures!.Read(prompt.Picture, imageCount, isGuided, prompt.Scale);

    /// <inheritdoc/>
    public void Dispose()
    {
        _pictures?.Dispose();
        Prompts.Dispose();
        Predictor.Dispose();
        _unet.Dispose();
    }

    private void Apply(string? checkpoint, IReadOnlyList<AdapterFile> adapters)
    {
        using var noGrad = no_grad();
        var isWholeUnet = checkpoint is null || WeightsFile.KindOf(checkpoint) == WeightsKind.Unet;
        var added = (isWholeUnet ? adapters : adapters.Prepend(new AdapterFile(checkpoint!))).Select(file => (File: file, Kind: WeightsFile.KindOf(file.Path))).ToList();
        _unet.LoadWeights(isWholeUnet && checkpoint is not null ? checkpoint : Path.Combine(_folder.Path, "unet"));

        // Custom Diffusion's keys and values replace the model's, so they come before what is added to them.
        foreach (var (file, _) in added.Where(item => item.Kind == WeightsKind.CustomDiffusion))
        {
            CustomDiffusionWeights.Load(file.Path, _unet);
        }

        var isTextOwn = added.All(item => item.Kind == WeightsKind.CustomDiffusion && WeightsFile.WordOf(item.File.Path) is null);
        if (!isTextOwn || !_isTextOwn)
        {
            AddLorasAndWords(added);
            _isTextOwn = isTextOwn;
        }

        Predictor.Dispose();
        Predictor = NoisePredictor.Create(_unet, _dtype);
    }

    private void AddLorasAndWords(IReadOnlyList<(AdapterFile File, WeightsKind Kind)> added)
    {
        var text = _folder.LoadTextEncoder(device: _device);
        try
        {
            var tokenizer = _tokenizer;
            foreach (var (file, kind) in added)
            {
                switch (kind)
                {
                    case WeightsKind.Lora:
                        using (var lora = LoraAdapter.Load(file.Path, _unet, text))
                        {
                            lora.Scale = file.Scale;
                            lora.Merge();
                        }

                        break;
                    case WeightsKind.TextualInversion:
                        tokenizer = TextualInversion.Load(file.Path, text, tokenizer, file.Token);
                        break;
                    case WeightsKind.CustomDiffusion when CustomDiffusionWeights.ReadModifier(file.Path) is var (word, vectors):
                        using (vectors)
                        {
                            tokenizer = TextualInversion.Add(file.Token ?? word, vectors, text, tokenizer);
                        }

                        break;
                    case WeightsKind.Unet or WeightsKind.IpAdapter:
                        throw new SafetensorsException(file.Path, $"this is {WeightsFile.Describe(kind)}, which cannot be added to a model; a UNet is a checkpoint, and an IP-Adapter needs a picture.");
                }
            }

            Prompts.Dispose();
            Prompts = new PromptEncoder(tokenizer, text, _device);
        }
        catch
        {
            text.Dispose();
            throw;
        }
    }
}
