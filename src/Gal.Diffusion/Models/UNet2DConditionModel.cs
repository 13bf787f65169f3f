using Gal.Diffusion.Models.Layers;
using Gal.Diffusion.Models.Unet;
using Gal.Diffusion.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models;

/// <summary>Predicts the noise in a latent from its timestep and a prompt: the UNet of Stable Diffusion 1.x, of any width and depth. state_dict keys are diffusers'.</summary>
public sealed class UNet2DConditionModel : nn.Module<Tensor, Tensor, Tensor, Tensor>
{
    internal readonly ConvolutionLayer conv_in;
    internal readonly TimestepEmbedding time_embedding;
    internal readonly ModuleList<DownBlock> down_blocks;
    internal readonly MidBlock mid_block;
    internal readonly ModuleList<UpBlock> up_blocks;
    internal readonly GroupNormLayer conv_norm_out;
    internal readonly ConvolutionLayer conv_out;

    /// <summary>Makes the modules; their parameters are uninitialised until <see cref="LoadWeights"/>.</summary>
    /// <exception cref="ModelConfigException">The configuration describes another architecture.</exception>
    public UNet2DConditionModel(UNetConfig config)
        : base(nameof(UNet2DConditionModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config.Check();
        var blocks = Enumerable.Range(0, config.BlockOutChannels.Length);
        var first = config.BlockOutChannels[0];
        long timeEmbeddingSize = first * 4;
        conv_in = new ConvolutionLayer(config.InChannels, first, 3, padding: 1);
        time_embedding = new TimestepEmbedding(config, timeEmbeddingSize);
        down_blocks = new ModuleList<DownBlock>([.. blocks.Select(block => new DownBlock(config, block, timeEmbeddingSize))]);
        mid_block = new MidBlock(config, timeEmbeddingSize);
        up_blocks = new ModuleList<UpBlock>([.. blocks.Select(block => new UpBlock(config, block, timeEmbeddingSize))]);
        conv_norm_out = new GroupNormLayer(config.NormNumGroups, first, config.NormEps);
        conv_out = new ConvolutionLayer(first, config.OutChannels, 3, padding: 1);
        RegisterComponents();
    }

    /// <summary>What the model was made from.</summary>
    public UNetConfig Config { get; }

    /// <summary>Fills the parameters from a file, index or folder.</summary>
    /// <exception cref="CheckpointMismatchException">Names or shapes differ; the message lists them.</exception>
    /// <exception cref="SafetensorsException">A file is damaged or pickled.</exception>
    public void LoadWeights(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        ModuleWeights.Load(this, checkpoint.Path, checkpoint.Tensors);
    }

    /// <param name="sample">[batch, 4, height, width], float32. Borrowed.</param>
    /// <param name="timesteps">[batch] or a scalar, int64 or float.</param>
    /// <param name="hiddenStates">[batch, tokens, context]: the text encoder's output.</param>
    /// <returns>The predicted noise, of the sample's shape; the caller disposes it.</returns>
    public override Tensor forward(Tensor sample, Tensor timesteps, Tensor hiddenStates) => ForwardObserved(sample, timesteps, hiddenStates, null);

    /// <summary>The forward pass, with a look at each part's output.</summary>
    internal Tensor ForwardObserved(Tensor sample, Tensor timesteps, Tensor hiddenStates, Action<string, Tensor>? observe)
    {
        using var scope = NewDisposeScope();
        var time = time_embedding.call(timesteps.expand(sample.shape[0])).to(sample.dtype);
        var activatedTime = nn.functional.silu(time);
        var hidden = conv_in.call(sample);
        observe?.Invoke("time_embedding", time);
        observe?.Invoke("conv_in", hidden);
        var skips = new Stack<Tensor>([hidden]);
        for (var i = 0; i < down_blocks.Count; i++)
        {
            hidden = down_blocks[i].Forward(hidden, activatedTime, hiddenStates, skips);
            observe?.Invoke($"down_blocks.{i}", hidden);
        }
        hidden = mid_block.call(hidden, activatedTime, hiddenStates);
        observe?.Invoke("mid_block", hidden);
        for (var i = 0; i < up_blocks.Count; i++)
        {
            hidden = up_blocks[i].Forward(hidden, activatedTime, hiddenStates, skips);
            observe?.Invoke($"up_blocks.{i}", hidden);
        }
        return conv_out.call(nn.functional.silu(conv_norm_out.call(hidden))).MoveToOuterDisposeScope();
    }

    /// <summary>The forward pass in parts that can be run one by one: a residual layer with its attention each, and what stands between them.</summary>
    /// <param name="timesteps">[batch] or a scalar. Borrowed, and read by the first part.</param>
    internal IReadOnlyList<UnetPart> Parts(Tensor timesteps) =>
    [
        new(state =>
        {
            var time = nn.functional.silu(time_embedding.call(timesteps.expand(state[1].shape[0])).to(state[1].dtype));
            var hidden = conv_in.call(state[1]);
            return [state[0], time, hidden, hidden];
        }),
        .. down_blocks.SelectMany(block => block.Parts()),
        UnetPart.Of(mid_block.call),
        .. up_blocks.SelectMany(block => block.Parts()),
        new(state => [state[0], conv_out.call(nn.functional.silu(conv_norm_out.call(state[^1])))]),
    ];
}
