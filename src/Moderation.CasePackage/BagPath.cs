// Which paths a case package may hold (case-package.md CP-1), and the names its parts have.
using System.Text.RegularExpressions;

namespace Moderation.CasePackage;

public static partial class BagPath
{
    public const string BagIt = "bagit.txt";
    public const string Info = "bag-info.txt";
    public const string TagManifest512 = "tagmanifest-sha512.txt";
    public const string Signature = "tagmanifest-sha512.txt.p7s";
    public const string Readme = "data/README.txt";
    public const string Case = "data/metadata/case.json";
    public const string Verification = "data/metadata/verification.json";
    public const string Release = "data/metadata/release.json";
    public const string Custody = "data/custody/custody.jsonl";
    public const string Process = "data/legal/process.json";
    public const string Disclosure = "data/legal/disclosure.json";
    public const string Evidence = "data/evidence/";

    public const string BagItText = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

    /// <summary>Longest path, the package's name and a slash included.</summary>
    public const int Longest = 100;

    /// <summary>What both tag manifests list: exactly these.</summary>
    public static IReadOnlyList<string> TagFiles { get; } = [Info, BagIt, "manifest-sha256.txt", "manifest-sha512.txt"];

    /// <summary>Everything beside <c>data/</c> that a bag has.</summary>
    public static IReadOnlySet<string> Root { get; } =
        new HashSet<string>([.. TagFiles, "tagmanifest-sha256.txt", TagManifest512, Signature], StringComparer.Ordinal);

    public static bool IsSafe(string path) =>
        path.Length <= Longest && !path.Contains("..", StringComparison.Ordinal) && Safe().IsMatch(path);

    public static string DisclosureOf(string exhibit) => $"{Evidence}{exhibit}/disclosure/disclosure.cose";

    public static string CiphertextOf(string exhibit, uint index) =>
        $"{Evidence}{exhibit}/disclosure/{Moderation.Evidence.Disclosure.FileNameOf(index)}";

    public static string ProofOf(string exhibit) => $"{Evidence}{exhibit}/proof.json";

    public static bool IsProof(string path) => path.EndsWith("/proof.json", StringComparison.Ordinal);

    // \z, not $: $ also matches before a line end.
    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*\z")]
    private static partial Regex Safe();
}
