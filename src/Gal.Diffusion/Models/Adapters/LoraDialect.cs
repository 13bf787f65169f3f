namespace Gal.Diffusion.Models.Adapters;

/// <summary>How a LoRA file names its tensors. All are read; the choice is for writing.</summary>
public enum LoraDialect
{
    /// <summary>kohya's trainers, A1111, ComfyUI: "lora_unet_down_blocks_0_….lora_down.weight" with an alpha a layer.</summary>
    Kohya,

    /// <summary>diffusers and PEFT: "unet.down_blocks.0.….lora_A.weight", alpha folded into B.</summary>
    Diffusers,

    /// <summary>diffusers before 0.20: "unet.….processor.to_q_lora.down.weight", alpha folded in; attention layers alone.</summary>
    DiffusersOld,
}
