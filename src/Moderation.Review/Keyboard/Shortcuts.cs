// A person's own keys: kept in this browser, refused where they would take another command's key.
using System.Text.Json;
using Moderation.Review.Shell;
using Moderation.Review.Wire;

namespace Moderation.Review.Keyboard;

public sealed class Shortcuts(Page page, KeyListener listener)
{
    private const string OwnKeys = "moderation.keys";
    private const string LettersKey = "moderation.keys.letters";
    private Dictionary<string, string[]> own = [];

    public bool Letters { get; private set; } = true;

    public bool IsOwn(KeyEntry entry) => own.ContainsKey(entry.Id);

    public async Task LoadAsync()
    {
        Letters = await page.RecallAsync(LettersKey) != "off";
        try
        {
            own = await page.RecallAsync(OwnKeys) is { } text
                ? JsonSerializer.Deserialize(text, WireJson.Default.DictionaryStringStringArray) ?? []
                : [];
        }
        catch (JsonException)
        {
            // Somebody else's words under our name: the given keys stand.
            own = [];
        }
        Keys.Use(own, Letters);
    }

    /// <summary>Gives <paramref name="entry"/> this key alone; answers the command that has it already, and changes nothing then.</summary>
    public async Task<KeyEntry?> ChangeAsync(KeyEntry entry, string strokes)
    {
        if (Keys.Conflict(entry, strokes) is { } taken)
            return taken;
        own[entry.Id] = [strokes];
        await KeepAsync();
        return null;
    }

    public async Task ResetAsync(KeyEntry entry)
    {
        own.Remove(entry.Id);
        await KeepAsync();
    }

    public async Task SetLettersAsync(bool on)
    {
        Letters = on;
        await page.RememberAsync(LettersKey, on ? "on" : "off");
        await KeepAsync();
    }

    private async Task KeepAsync()
    {
        await page.RememberAsync(OwnKeys, JsonSerializer.Serialize(own, WireJson.Default.DictionaryStringStringArray));
        Keys.Use(own, Letters);
        await listener.TakeTableAsync();
    }
}
