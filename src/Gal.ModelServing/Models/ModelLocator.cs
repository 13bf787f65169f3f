namespace Gal.ModelServing.Models;

/// <summary>Finds the model that the project ships.</summary>
public static class ModelLocator
{
    /// <summary>The folder models/emoji-sd in the nearest folder above the working folder or the program; null if there is none.</summary>
    public static string? FindShippedModel() => FindAbove(Directory.GetCurrentDirectory()) ?? FindAbove(AppContext.BaseDirectory);

    private static string? FindAbove(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            var model = Path.Combine(folder.FullName, "models", "emoji-sd");
            if (File.Exists(Path.Combine(model, "model_index.json")))
            {
                return model;
            }
        }

        return null;
    }
}
