// The signed list of recipient keys, and the earlier lists that clients may still hold (evidence-bundle.md 5.3).
using System.Globalization;
using Moderation.Evidence;
using Moderation.Vault.Storage;

namespace Moderation.Vault.Ceremony;

internal static class KeyLists
{
    private const string Name = "recipient-keys.cose";

    // A quarter and a week: the next key list is made before this one ends (evidence-bundle.md 18, Rotation).
    private static readonly TimeSpan Life = TimeSpan.FromDays(99);

    internal static string CurrentPath(string root) => FolderLayout.Public(root, Name);

    internal static RecipientKeyList Current(string root, CoseKey configuration) =>
        Read(CurrentPath(root), configuration);

    internal static void Write(
        string root,
        CoseSigner configuration,
        IReadOnlyList<RecipientKey> keys,
        DateTimeOffset now
    )
    {
        var list = new RecipientKeyList(
            (ulong)now.ToUnixTimeMilliseconds(),
            (ulong)now.Add(Life).ToUnixTimeMilliseconds(),
            keys
        );
        FolderSync.Replace(CurrentPath(root), list.Sign(configuration), owner: null, FolderSync.Everybody);
    }

    /// <summary>Sets the current list aside, so that intake goes on accepting its keys until it ends.</summary>
    internal static void KeepEarlier(string root, CoseKey configuration)
    {
        var folder = EarlierFolder(root);
        Directory.CreateDirectory(folder, FolderSync.EverybodyLooks);
        var current = Current(root, configuration);
        var name = current.NotAfterMs.ToString("D14", CultureInfo.InvariantCulture) + ".cose";
        FolderSync.Replace(
            Path.Combine(folder, name),
            File.ReadAllBytes(CurrentPath(root)),
            owner: null,
            FolderSync.Everybody
        );
    }

    /// <summary>Earlier lists with their files; ended ones included.</summary>
    internal static IReadOnlyList<(string Path, RecipientKeyList List)> Earlier(string root, CoseKey configuration) =>
        Directory.Exists(EarlierFolder(root))
            ? [.. Directory.GetFiles(EarlierFolder(root), "*.cose").Select(path => (path, Read(path, configuration)))]
            : [];

    private static string EarlierFolder(string root) => FolderLayout.Public(root, "earlier");

    private static RecipientKeyList Read(string path, CoseKey configuration) =>
        RecipientKeyList.VerifyAtAnyTime(File.ReadAllBytes(path), configuration)
        ?? throw new InvalidDataException($"{path} is not signed by this installation's configuration key.");
}
