// The fixed words of a package: chosen by what was checked, not written for a case (case-package.md 5.2).
using Moderation.Evidence;

namespace Moderation.Features.Legal;

internal static class PackageSentences
{
    private const string Sealed =
        "A device registered for the reporting account signed the list of segments. The disclosed segments are in that "
        + "list, byte for byte, and were in the operator's store unchanged since they were received. ";

    /// <param name="grades">Every grade that a disclosed segment has.</param>
    public static string Shows(IReadOnlySet<string> grades) =>
        Sealed
        + (grades.Contains(SealedGrades.NotChecked), grades.Contains(SealedGrades.Asserted)) switch
        {
            (true, true) =>
                "The content of the segments of grade G0 is asserted by the reporting host. The relay receipts of the others "
                    + "hold; whether their content is what the relay saw is not checked yet.",
            (true, false) =>
                "Their relay receipts hold; whether their content is what the relay saw is not checked yet.",
            _ => "Their content is asserted by the reporting host.",
        };

    public static string DoesNotShow(bool hasReceipts) =>
        "It does not show who the people are, that the recording is complete, or that its content is true. The operator "
        + "did not open the segments to make this package."
        + (
            hasReceipts
                ? " Segments with a relay receipt may prove more once they are opened: the receiver's own check says so."
                : ""
        );

    public static string Asked(string category) =>
        category switch
        {
            "content" => "Content of the meeting in the period",
            "subscriber" => "Subscriber data of the account",
            "identification" => "Data to identify the user",
            "traffic" => "Traffic data of the account",
            _ => "Moderation records of the account",
        };

    public static string Readme(string package, string reference, string process) =>
        $"""
            CASE PACKAGE {package}

            This folder answers the legal process {process} in the case {reference}.
            It holds sealed evidence, its proofs, the record of who touched it, and what was asked, given and withheld.

            To check it, in this folder, with ordinary tools:

              sha512sum -c --strict manifest-sha512.txt
              sha512sum -c --strict tagmanifest-sha512.txt
              openssl cms -verify -cades -binary -inform DER -in tagmanifest-sha512.txt.p7s \
                -content tagmanifest-sha512.txt -CAfile CA.pem -out /dev/null

            CA.pem is the certificate of the operator's package authority. Get it from the operator by another way than
            this package, never from a package.

            To open the evidence you need the private key whose public half you gave to the operator. The keys of the
            segments in data/evidence are sealed to it; the operator cannot read them. The operator's verifier does all of
            this in one step: moderation export verify {package}.tar --ca CA.pem --vault-key VAULT.pub --key YOUR.key

            This package has no timestamp of a third party and is not encrypted as a whole. Send it over a safe channel.

            """.ReplaceLineEndings("\n");
}
