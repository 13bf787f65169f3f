namespace Gal.Cli.Conversion;

/// <summary>A layout that tools read.</summary>
internal enum WeightsForm
{
    /// <summary>A whole model in Hugging Face layout.</summary>
    Folder,

    /// <summary>A whole model in one file with CompVis' names: A1111, ComfyUI.</summary>
    SingleFile,

    /// <summary>A LoRA or an embedding as diffusers writes it now.</summary>
    Diffusers,

    /// <summary>A LoRA as diffusers wrote it before 0.20.</summary>
    DiffusersOld,

    /// <summary>A LoRA as kohya's trainers write it: A1111, ComfyUI.</summary>
    Kohya,

    /// <summary>An embedding whose word is the file's name.</summary>
    A1111,
}
