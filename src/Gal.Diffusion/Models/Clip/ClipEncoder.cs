using Gal.Diffusion.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Clip;

/// <summary>The transformer layers of a CLIP tower.</summary>
internal sealed class ClipEncoder : nn.Module<Tensor, Tensor>
{
    public readonly ModuleList<Layer> layers;

    public ClipEncoder(ClipTextConfig config)
        : this(config.NumHiddenLayers, () => new Layer(config.HiddenSize, config.IntermediateSize, config.NumAttentionHeads, config.HiddenAct, config.LayerNormEps, isCausal: true))
    {
    }

    public ClipEncoder(ClipVisionConfig config)
        : this(config.NumHiddenLayers, () => new Layer(config.HiddenSize, config.IntermediateSize, config.NumAttentionHeads, config.HiddenAct, config.LayerNormEps, isCausal: false))
    {
    }

    private ClipEncoder(int layerCount, Func<Layer> makeLayer)
        : base(nameof(ClipEncoder))
    {
        layers = new ModuleList<Layer>([.. Enumerable.Range(0, layerCount).Select(_ => makeLayer())]);
        RegisterComponents();
    }

    public override Tensor forward(Tensor states) => layers.Aggregate(states, (hidden, layer) => layer.call(hidden));

    /// <summary>Attention and feed-forward, each on normalised states and added to them.</summary>
    internal sealed class Layer : nn.Module<Tensor, Tensor>
    {
        public readonly ClipAttention self_attn;
        public readonly LayerNormLayer layer_norm1;
        public readonly ClipMlp mlp;
        public readonly LayerNormLayer layer_norm2;

        public Layer(long size, long innerSize, int headCount, string activation, double epsilon, bool isCausal)
            : base(nameof(Layer))
        {
            self_attn = new ClipAttention(size, headCount, isCausal);
            layer_norm1 = new LayerNormLayer(size, epsilon);
            mlp = new ClipMlp(size, innerSize, activation);
            layer_norm2 = new LayerNormLayer(size, epsilon);
            RegisterComponents();
        }

        public override Tensor forward(Tensor states)
        {
            states = self_attn.call(layer_norm1.call(states)) + states;
            return mlp.call(layer_norm2.call(states)) + states;
        }
    }
}
