/** Texts out of files. */
export const extract = {
  reasons: {
    unsupported: '此类文件中没有可供检索的文字，或其格式不受支持。',
    encrypted: '文件设有密码，无法读取其中文字。',
    damaged: '文件已损坏，无法读取其中文字。',
    too_large: '文件过大，未读取其中文字。',
    too_slow: '读取文字超时，已中止。',
    too_much_memory: '读取文字占用内存过多，已中止。',
    too_much_text: '文件展开后内容过多，已中止读取。',
    needs_ocr: '文件是扫描件或图片，须经文字识别后方可检索。',
    empty: '文件中没有文字。',
    failed: '读取文字失败。',
  },
  notes: {
    macro: '含有宏，从不运行。',
    embedded: '含有嵌入的文件。',
    partly_damaged: '部分内容已损坏，仅读取了完好的部分。',
  },
  truncated: '文字过长，仅前一部分可供检索。',
  ocr: '文字由图像识别得出，可能有误。',
} as const;
