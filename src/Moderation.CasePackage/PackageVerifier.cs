// Checks a case package offline, as anyone can who holds it: every rule named, every rule tried (case-package.md 12).
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Moderation.Evidence;

namespace Moderation.CasePackage;

public enum CheckResult
{
    Ok,
    Fail,

    /// <summary>Not checked, or nothing to check; no failure.</summary>
    Warn,
}

/// <summary>One line of the verifier's talk.</summary>
public sealed record PackageCheck(string Name, CheckResult Result, string? Why = null)
{
    public static PackageCheck Of(string name, string? problem) =>
        new(name, problem is null ? CheckResult.Ok : CheckResult.Fail, problem);
}

public static class PackageVerifier
{
    /// <param name="folder">The bag.</param>
    /// <param name="anchors">Certificates to which the signer must chain; from the caller, never from the package.</param>
    /// <param name="vault">The vault's public key; without it the disclosure package is not looked into.</param>
    public static IReadOnlyList<PackageCheck> Verify(string folder, X509Certificate2Collection anchors, CoseKey? vault)
    {
        // Unsafe names end everything before a file is opened.
        if (BagFolder.Open(folder, out var bag) is { } unsafePaths)
            return [new PackageCheck("files", CheckResult.Fail, unsafePaths)];
        List<PackageCheck> checks =
        [
            PackageCheck.Of("files", null),
            PackageCheck.Of(
                "bagit.txt",
                Guard(() => bag.Text(BagPath.BagIt) == BagPath.BagItText ? null : "not as it must be")
            ),
            Run("tag manifest sha256", () => bag.JudgeManifest("tagmanifest-sha256.txt", BagPath.TagFiles, false)),
            Run("tag manifest sha512", () => bag.JudgeManifest(BagPath.TagManifest512, BagPath.TagFiles, true)),
            Run("payload sha256", () => bag.JudgeManifest("manifest-sha256.txt", bag.Payload, false)),
            Run("payload sha512", () => bag.JudgeManifest("manifest-sha512.txt", bag.Payload, true)),
            Run("Payload-Oxum", bag.JudgeOxum),
            Run(
                "signature",
                () => SignatureCheck.Judge(bag.Read(BagPath.TagManifest512), bag.Read(BagPath.Signature), anchors)
            ),
        ];
        foreach (var (name, judge) in ContentCheck.All)
            checks.Add(Run(name, () => judge(bag)));
        checks.Add(
            vault is null
                ? new PackageCheck("disclosure package", CheckResult.Warn, "not looked into: no --vault-key was given")
                : Run("disclosure package", () => DisclosureCheck.Judge(bag, vault))
        );
        return checks;

        static PackageCheck Run(string name, Func<string?> judge) => PackageCheck.Of(name, Guard(judge));
    }

    public static bool Holds(IReadOnlyList<PackageCheck> checks) => checks.All(c => c.Result != CheckResult.Fail);

    // A package is foreign input: whatever it makes a reader throw is a failed check.
    private static string? Guard(Func<string?> judge)
    {
        try
        {
            return judge();
        }
        catch (Exception fault)
            when (fault
                    is IOException
                        or System.Text.Json.JsonException
                        or InvalidOperationException
                        or FormatException
                        or KeyNotFoundException
                        or NullReferenceException
                        or ArgumentException
                        or DecoderFallbackException
            )
        {
            return fault is FileNotFoundException or DirectoryNotFoundException
                ? "a file is missing"
                : "it cannot be read";
        }
    }
}
