// Lets an analyst's approval key or a relay's key count, or no longer, in the registries of both processes.
using Moderation.Evidence;
using Moderation.Vault.Registries;
using Moderation.Vault.Storage;

namespace Moderation.Vault.Ceremony;

internal static class Enrolment
{
    internal static int Enrol(string root, string staff, bool senior, string hexKey, TextWriter output)
    {
        if (staff.Length is 0 or > 64 || staff.Any(char.IsControl))
            throw new UsageException("STAFF has 1 to 64 printable characters.");
        var key = KeyOf(hexKey);
        Change(
            root,
            file =>
                file with
                {
                    Analysts =
                    [
                        .. file.Analysts.Where(entry => entry.Kid != key.KidHex),
                        new(key.KidHex, Convert.ToHexStringLower(key.Encode()), staff, senior),
                    ],
                }
        );
        output.WriteLine($"enrolled {key.KidHex}");
        return 0;
    }

    internal static int Unenrol(string root, string kid, TextWriter output)
    {
        kid = kid.ToLowerInvariant();
        var found = false;
        Change(
            root,
            file =>
            {
                found |= file.Analysts.Any(entry => entry.Kid == kid);
                return file with { Analysts = [.. file.Analysts.Where(entry => entry.Kid != kid)] };
            }
        );
        output.WriteLine(found ? $"unenrolled {kid}" : $"unknown {kid}");
        return found ? 0 : 2;
    }

    internal static int TrustRelay(string root, string hexKey, TextWriter output)
    {
        var key = KeyOf(hexKey);
        Change(
            root,
            file =>
                file with
                {
                    Relays =
                    [
                        .. file.Relays.Where(entry => entry.Kid != key.KidHex),
                        new(key.KidHex, Convert.ToHexStringLower(key.Encode())),
                    ],
                }
        );
        output.WriteLine($"trusted {key.KidHex}");
        return 0;
    }

    /// <summary>Changes both registries, one after the other, under a lock of the installation.</summary>
    internal static void Change(string root, Func<RegistryFile, RegistryFile> change)
    {
        // Both are read before either is written, so that a broken one leaves the other as it was.
        var folders = FolderLayout.Registries.Select(name => Path.Combine(root, name)).ToArray();
        using var onlyOne = Lock(root);
        var files = folders.Select(RegistryFile.Read).ToArray();
        for (var i = 0; i < folders.Length; i++)
            change(files[i]).Write(folders[i]);
    }

    // Two administrators at once must not lose one another's analyst.
    private static FileStream Lock(string root) =>
        new(Path.Combine(root, "config", "enrol.lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);

    private static CoseKey KeyOf(string hex)
    {
        try
        {
            return CoseKey.Parse(Convert.FromHexString(hex))
                ?? throw new UsageException("HEX_COSE_KEY is not the deterministic COSE_Key of an acceptable key.");
        }
        catch (FormatException)
        {
            throw new UsageException("HEX_COSE_KEY is not hexadecimal.");
        }
    }
}
