using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Gal.Diffusion.Schedulers;

/// <summary>A scheduler_config.json, whichever scheduler wrote it; what it leaves out takes the default of the scheduler that reads it.</summary>
public sealed partial record SchedulerConfig
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Timesteps the model was trained on.</summary>
    public int NumTrainTimesteps { get; init; } = 1000;

    /// <summary>β of the first timestep.</summary>
    public double BetaStart { get; init; } = 0.0001;

    /// <summary>β of the last timestep.</summary>
    public double BetaEnd { get; init; } = 0.02;

    /// <summary>How β grows: "linear" or "scaled_linear" (linear in its root).</summary>
    public string BetaSchedule { get; init; } = "linear";

    /// <summary>What the model predicts: "epsilon" or "v_prediction".</summary>
    public string PredictionType { get; init; } = "epsilon";

    /// <summary>"leading", "linspace" or "trailing"; null takes the scheduler's own default.</summary>
    public string? TimestepSpacing { get; init; }

    /// <summary>Added to every timestep of the "leading" spacing.</summary>
    public int StepsOffset { get; init; }

    /// <summary>Whether ᾱ after the last step is 1 instead of the first timestep's; null takes the scheduler's own default (DDIM true, PNDM false).</summary>
    public bool? SetAlphaToOne { get; init; }

    /// <summary>Whether the predicted x_0 is clipped to ± <see cref="ClipSampleRange"/>; read by DDPM and DDIM alone.</summary>
    public bool ClipSample { get; init; }

    /// <summary>The bound of <see cref="ClipSample"/>.</summary>
    public double ClipSampleRange { get; init; } = 1.0;

    /// <summary>Whether x_0 is thresholded dynamically; not supported.</summary>
    public bool Thresholding { get; init; }

    /// <summary>Whether β is rescaled to a terminal signal-to-noise ratio of zero; not supported.</summary>
    public bool RescaleBetasZeroSnr { get; init; }

    /// <summary>Whether the model predicts v instead of ε.</summary>
    [JsonIgnore]
    public bool PredictsVelocity => PredictionType == "v_prediction";

    /// <summary>Reads a scheduler_config.json.</summary>
    /// <exception cref="InvalidDataException">There is no such file, it is not JSON, or asks for what is not supported.</exception>
    public static SchedulerConfig Load(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} cannot be read: {exception.Message}", exception);
        }
        catch (IOException exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException($"There is no {path}; copy it from the model.", exception);
        }
    }

    /// <summary>Reads the text of a scheduler_config.json.</summary>
    /// <exception cref="InvalidDataException">It asks for what is not supported.</exception>
    public static SchedulerConfig Parse(string json)
    {
        var config = JsonSerializer.Deserialize<SchedulerConfig>(PythonNumber.Replace(json, "null"), Json)!;
        Require(config.BetaSchedule is "linear" or "scaled_linear", "beta_schedule", config.BetaSchedule, "\"linear\" or \"scaled_linear\"");
        Require(config.PredictionType is "epsilon" or "v_prediction", "prediction_type", config.PredictionType, "\"epsilon\" or \"v_prediction\"");
        Require(config.TimestepSpacing is null or "leading" or "linspace" or "trailing", "timestep_spacing", config.TimestepSpacing, "\"leading\", \"linspace\" or \"trailing\"");
        Require(!config.Thresholding, "thresholding", "true", "false");
        Require(!config.RescaleBetasZeroSnr, "rescale_betas_zero_snr", "true", "false");
        Require(config.NumTrainTimesteps is >= 2 and <= 100_000, "num_train_timesteps", config.NumTrainTimesteps.ToString(), "between 2 and 100000");
        Require(config.BetaStart is > 0 and < 1 && config.BetaEnd is > 0 and < 1, "beta_start and beta_end", $"{config.BetaStart} and {config.BetaEnd}", "between 0 and 1");
        return config;
    }

    // Python writes "lambda_min_clipped": -Infinity, which is not JSON.
    [GeneratedRegex(@"(?<=:\s*)(-?Infinity|NaN)(?=\s*[,}])")]
    private static partial Regex PythonNumber { get; }

    private static void Require(bool holds, string field, string? value, string rule)
    {
        if (!holds)
        {
            throw new InvalidDataException($"scheduler_config.json: {field} is {value}; it must be {rule}.");
        }
    }
}
