using System.Globalization;
using System.Text;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.TrainParent;

/// <summary>Measures how well a model predicts a text, whatever its vocabulary.</summary>
internal static class ParentMeasure
{
    private const int SequenceLength = 256;

    /// <summary>Writes the loss per byte of UTF-8: that of a predicted token, times the tokens of the text, over its bytes.</summary>
    public static void Run(string modelFolder, string textFile, TextWriter log, CancellationToken cancellationToken)
    {
        Tokenizer tokenizer = Tokenizer.Load(modelFolder);
        string text = TextFile.ReadAllText(textFile);
        TokenCorpus corpus = TokenCorpus.FromTexts(tokenizer, [text], cancellationToken);
        using CausalLanguageModel model = CausalLanguageModel.Load(modelFolder, cancellationToken: cancellationToken);
        ModelEvaluation evaluation = ModelEvaluator.Evaluate(
            model, model, corpus.Pack(SequenceLength), cancellationToken: cancellationToken);
        int size = Encoding.UTF8.GetByteCount(text);
        double perByte = evaluation.LanguageModelLoss * corpus.TokenCount / size;
        log.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{perByte:F4} nats per byte ({evaluation.LanguageModelLoss:F4} a token, {corpus.TokenCount:N0} tokens of {size:N0} bytes)"));
    }
}
