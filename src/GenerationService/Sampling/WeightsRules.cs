using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Weights;
using Gal.Hosting.Errors;
using Gal.ModelServing.Models;

namespace Gal.Generation.Sampling;

/// <summary>Refuses files that stand in the wrong field of a request, by their headers.</summary>
internal static class WeightsRules
{
    /// <summary>Checks a request's files.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: lists every file in the wrong place.</exception>
    /// <exception cref="SafetensorsException">A file is damaged, pickled or of no kind that is known.</exception>
    public static void Check(ModelWeights weights, PicturePrompt? picture)
    {
        var violations = new List<(string Field, string Sentence, string Reason)>();
        var words = new HashSet<string>(StringComparer.Ordinal);
        if (weights.Checkpoint is { } checkpoint)
        {
            Require("model.checkpoint", checkpoint, kind => kind != WeightsKind.IpAdapter, "a checkpoint is what a training made; give an IP-Adapter in ip_adapter, with its picture");
            FindWord("model.checkpoint", new AdapterFile(checkpoint));
        }

        foreach (var (i, adapter) in weights.Adapters.Index())
        {
            Require($"model.adapters[{i}].artifact", adapter.Path, kind => kind is not (WeightsKind.Unet or WeightsKind.IpAdapter),
                "an adapter is a LoRA, a Textual Inversion embedding or Custom Diffusion's weights; give a UNet in model.checkpoint and an IP-Adapter in ip_adapter");
            FindWord($"model.adapters[{i}].token", adapter);
        }

        if (picture is not null && Require("ip_adapter.artifact", picture.AdapterPath, kind => kind == WeightsKind.IpAdapter, "it must be an IP-Adapter, with image_proj and ip_adapter tensors"))
        {
            var encoder = picture.ImageEncoder ?? ImageEncoderFiles.Of(ModelFolder.Open(weights.Folder));
            if (FindDefect(encoder, picture, weights) is var (sentence, reason))
            {
                violations.Add(("ip_adapter.image_encoder", sentence, reason));
            }
        }

        if (violations.Count > 0)
        {
            throw RpcErrors.InvalidFields(violations);
        }

        bool Require(string field, string path, Predicate<WeightsKind> isRight, string rule)
        {
            var kind = WeightsFile.KindOf(path);
            if (!isRight(kind))
            {
                violations.Add((field, $"{field} is {WeightsFile.Describe(kind)}; {rule}.", "WEIGHTS_OF_ANOTHER_KIND"));
                return false;
            }

            return true;
        }

        void FindWord(string field, AdapterFile file)
        {
            if (WeightsFile.WordOf(file.Path) is not { } learned)
            {
                return;
            }

            if ((file.Token ?? learned.Token) is not { } word)
            {
                violations.Add((field, $"{field} is empty, and the embedding has A1111's form, whose word is the file's name; give the word.", "TOKEN_MISSING"));
            }
            else if (!words.Add(word))
            {
                violations.Add((field, $"{field}: two files teach the word \"{word}\"; give one of them another in token.", "TOKEN_TWICE"));
            }
        }
    }

    private static (string Sentence, string Reason)? FindDefect(ImageEncoderFiles encoder, PicturePrompt picture, ModelWeights weights)
    {
        try
        {
            var (width, wanted) = (encoder.ReadWidth(), IpAdapter.ReadEmbeddingSize(picture.AdapterPath));
            var whose = picture.ImageEncoder is null ? $"the image encoder of {ModelCatalog.NameOf(weights.Folder)}" : "ip_adapter.image_encoder";
            return width == wanted
                ? null
                : ($"{whose} makes embeddings {width} wide, and the IP-Adapter was trained with embeddings {wanted} wide; give the image encoder that it was trained with in ip_adapter.image_encoder (gal generate --image-encoder FOLDER).", "IMAGE_ENCODER_OF_ANOTHER_WIDTH");
        }
        catch (Exception exception) when (picture.ImageEncoder is not null && exception is ModelConfigException or InvalidDataException)
        {
            return ($"ip_adapter.image_encoder: {exception.Message}", "IMAGE_ENCODER_DAMAGED");
        }
    }
}
