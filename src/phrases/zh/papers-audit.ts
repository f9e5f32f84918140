/** Acts on certificates, watermarked pages, certified copies and supervised readings, in the words of the audit log. */
export const papersActs = {
  'certificate.issue': '签发证书',
};
